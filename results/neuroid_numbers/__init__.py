"""Scores at several numbers of neuroids, as the command `neuroid-numbers` found them, for the pages of benchmarks."""
