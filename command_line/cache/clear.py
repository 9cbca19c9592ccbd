"""``brainscore-mouse cache clear``."""


def clear() -> None:
    """Empty the cache: all of it can be computed again."""
    from ...core.cache import clear_cache

    cleared = clear_cache()
    n_bytes = sum(content.n_bytes for content in cleared)
    print(f"{sum(content.n_files for content in cleared)} files, {n_bytes / 1e6:.1f} MB removed")
