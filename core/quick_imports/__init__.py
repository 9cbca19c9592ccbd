"""Importing large libraries without what nobody has asked for yet."""
