"""Registries, plugin discovery, model features, layer mapping, scoring, results and the command line."""
