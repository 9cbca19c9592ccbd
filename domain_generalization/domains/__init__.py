"""Labelled images of several domains, as Brain-Score stimulus sets."""
