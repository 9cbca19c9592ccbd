"""Benchmark plugins: one folder each, with literal ``benchmark_registry[...]`` lines."""
