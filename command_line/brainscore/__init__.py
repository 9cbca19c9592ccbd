"""Commands that connect this package and Brain-Score; one file per command."""
