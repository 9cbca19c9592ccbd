"""``brainscore-mouse cache clear``."""

from typing import Annotated

import typer


def clear(
    kind: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KIND",
            help="Only this kind, see `cache info`; can be repeated. Downloads are removed in this way only.",
        ),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would be removed.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before downloads are removed.")] = False,
) -> None:
    """Remove what can be computed again, and show what was removed; downloads stay unless their kind is named."""
    from ...core.cache import cache_info, chosen_kinds, clear_cache

    chosen = {path.name for path, _ in chosen_kinds(kind)}
    contents = [content for content in cache_info() if content.kind in chosen]
    if dry_run:
        for content in contents:
            print(f"would remove {content}")
        return
    downloads = [content for content in contents if content.is_download]
    if downloads and not yes:
        for content in downloads:
            print(content)
        typer.confirm("To get this back, it must be downloaded again. Remove it?", abort=True)
    for content in clear_cache(kind):
        print(f"removed {content}")
    if not contents:
        print("nothing to remove")
