"""A network's layers on stimuli: hooks, passes, extraction settings, caches, tasks."""
