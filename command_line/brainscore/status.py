"""``brainscore-mouse status``."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ...core.terminal.counted import counted
from ..output.json_output import JsonOption, print_json

if TYPE_CHECKING:
    from ...brainscore_bridge.link import Stub


def status(as_json: JsonOption = False) -> None:
    """Show whether brainscore_vision finds our benchmarks, metrics and datasets."""
    from ...brainscore_bridge.link import status as look_at_stubs

    stubs = look_at_stubs()
    if as_json:
        names = ("folder", "state", "problem", "names")
        print_json([{name: getattr(stub, name) for name in names} | {"folder": str(stub.folder)} for stub in stubs])
        return
    print_stubs(stubs)
    if all(stub.state == "absent" for stub in stubs):
        print("Not linked. To link: brainscore-mouse link")
    elif any(stub.state in ("absent", "outdated") for stub in stubs):
        print("Not up to date. To update: brainscore-mouse link")


def print_stubs(stubs: "Sequence[Stub]") -> None:
    """Print where stubs are, their state, what they register, and which names differ from ours."""
    for stub in stubs:
        print(f"{stub.folder}: {stub.state}, {counted(len(stub.names), 'identifier')}")
        if stub.problem is not None:
            print(f"  {stub.problem}")
        for name, identifier in stub.names.items():
            if name != identifier:
                print(f"  our {identifier} is called {name} there: brainscore_vision has its own {identifier}")
