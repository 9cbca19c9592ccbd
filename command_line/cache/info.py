"""``brainscore-mouse cache info``."""

from ..output.json_output import JsonOption, print_json


def info(as_json: JsonOption = False) -> None:
    """Show what the cache holds, how large it may grow, and what was downloaded."""
    from ...core.cache import LIMIT_VARIABLE, cache_info, cache_limit_bytes
    from ...core.home import cache_folder

    contents = cache_info()
    if as_json:
        print_json(
            {
                "folder": str(cache_folder()),
                "limit_bytes_of_each_kind": cache_limit_bytes(),
                "contents": [
                    {"kind": content.kind, "n_bytes": content.n_bytes, "is_download": content.is_download}
                    for content in contents
                ],
            }
        )
        return
    print(f"{cache_folder()}: at most {cache_limit_bytes() / 1e6:.0f} MB of each kind (${LIMIT_VARIABLE})")
    for content in contents:
        print(f"  {content}")
    if not contents:
        print("  empty")
