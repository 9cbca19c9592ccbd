"""Commands of domain generalization; one file per command."""
