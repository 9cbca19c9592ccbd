"""``python -m brainscore_mouse``: the same as the command ``brainscore-mouse``."""

from .command_line import main

main()
