"""Commands that write a plugin of one file to start from; one file per command."""
