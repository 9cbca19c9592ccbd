"""Datasets that labs published as files: finding the files, checking them, and packaging what readers make of them."""
