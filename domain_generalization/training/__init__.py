"""Training small networks on one domain, and what they reach on the others."""
