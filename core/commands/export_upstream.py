"""``brainscore-mouse export-upstream DIR``."""


def export_upstream() -> None:
    """Placeholder."""
