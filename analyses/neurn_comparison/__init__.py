"""Models plain and behind NeuRN, beside the controls that tell whether a number means anything."""
