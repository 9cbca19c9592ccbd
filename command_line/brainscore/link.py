"""``brainscore-mouse link``."""


def link() -> None:
    """Let `python -m brainscore_vision score` find our benchmarks, metrics and datasets."""
    from ...brainscore_bridge.link import link as write_stubs
    from .status import print_stubs

    print_stubs(write_stubs())
    print("Undo it with: brainscore-mouse unlink")
