"""Commands for submitted models; one file per command."""
