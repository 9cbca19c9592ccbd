"""``brainscore-mouse unlink``."""


def unlink() -> None:
    """Remove from brainscore_vision what `link` wrote there, and nothing else."""
    from ...brainscore_bridge.link import unlink as remove_stubs

    removed = remove_stubs()
    for stub in removed:
        print(f"Removed {stub.folder}")
    if not removed:
        print("There is nothing to remove.")
