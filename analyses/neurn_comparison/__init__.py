"""Models with and without NeuRN preprocessing, beside the controls that show whether a number means anything."""
