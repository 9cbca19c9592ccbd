"""Du et al. 2025 (nat60k): responses of mouse V1 to natural images."""
