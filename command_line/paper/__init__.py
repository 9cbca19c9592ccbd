"""Commands that redo analyses of the paper; one file per command."""
