"""Readers of the Allen Institute's files."""
