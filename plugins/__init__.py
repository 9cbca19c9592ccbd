"""Registries, what fills them, and the identifiers in them."""
