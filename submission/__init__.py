"""Submitted models: checked without running them, run in isolation, scored by this process."""
