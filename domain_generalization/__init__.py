"""How well a model does on domains it was not fitted to: domains, readout, training, corruptions."""
