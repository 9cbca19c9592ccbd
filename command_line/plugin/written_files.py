"""What is printed of a plugin that was just written."""

import shlex
from pathlib import Path


def print_written(plugin: Path, test: Path, try_it: str) -> None:
    """Print the files, and how to go on.

    Parameters
    ----------
    plugin, test : Path
        What was written.
    try_it : str
        The arguments of a command that uses the plugin.
    """
    print(f"Wrote {plugin} and its test {test}")
    print(f"Check it: python -m pytest {shlex.quote(str(test))}")
    print(f"Use it: brainscore-mouse {try_it} --plugin {shlex.quote(str(plugin))}")
