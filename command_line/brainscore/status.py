"""``brainscore-mouse status``."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..output.json_output import JsonOption, print_json

if TYPE_CHECKING:
    from ...brainscore_bridge.link import Stub


def status(as_json: JsonOption = False) -> None:
    """Show whether brainscore_vision finds our benchmarks, metrics and datasets."""
    from ...brainscore_bridge.link import status as look_at_stubs

    stubs = look_at_stubs()
    if as_json:
        print_json([{"folder": str(stub.folder), "state": stub.state, "names": dict(stub.names)} for stub in stubs])
        return
    print_stubs(stubs)
    if all(stub.state == "absent" for stub in stubs):
        print("Not linked. To link: brainscore-mouse link")
    elif any(stub.state in ("absent", "outdated") for stub in stubs):
        print("Not up to date. To update: brainscore-mouse link")


def print_stubs(stubs: "Sequence[Stub]") -> None:
    """Print where stubs are, their state, what they register, and which names differ from ours."""
    for stub in stubs:
        print(f"{stub.folder}: {stub.state}, {len(stub.names)} identifiers")
        for name, identifier in stub.names.items():
            if name != identifier:
                print(f"  our {identifier} is called {name} there: brainscore_vision has its own {identifier}")
