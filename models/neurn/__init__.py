"""NeuRN (neural response normalization) as a layer, and in front of any model."""
