"""``brainscore-mouse cache info``."""


def info() -> None:
    """Tell what the cache holds and how large it may grow."""
    from ...core.cache import LIMIT_VARIABLE, cache_info, cache_limit_bytes
    from ...core.home import cache_folder

    print(f"{cache_folder()}: at most {cache_limit_bytes() / 1e6:.0f} MB of each kind (${LIMIT_VARIABLE})")
    contents = cache_info()
    for content in contents:
        print(f"  {content.kind}: {content.n_files} files, {content.n_bytes / 1e6:.1f} MB")
    if not contents:
        print("  empty")
