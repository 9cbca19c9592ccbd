"""``brainscore-mouse cache info``."""


def info() -> None:
    """Show what the cache holds, how large it may grow, and what was downloaded."""
    from ...core.cache import LIMIT_VARIABLE, cache_info, cache_limit_bytes
    from ...core.home import cache_folder

    print(f"{cache_folder()}: at most {cache_limit_bytes() / 1e6:.0f} MB of each kind (${LIMIT_VARIABLE})")
    contents = cache_info()
    for content in contents:
        print(f"  {content}")
    if not contents:
        print("  empty")
