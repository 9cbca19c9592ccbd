"""From sweeps, spikes and running to responses."""
