"""The static gratings: which there are, and what they looked like."""
