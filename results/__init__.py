"""Stored scores: the store, its view as tables, merging, export."""
