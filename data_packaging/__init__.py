"""From arrays of trials to packaged datasets, and back."""
