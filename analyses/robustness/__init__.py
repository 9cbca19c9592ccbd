"""Robustness beside mouse scores: joint report, readouts with and without NeuRN."""
