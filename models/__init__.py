"""Model plugins: one folder each, with literal ``model_registry[...]`` lines."""
