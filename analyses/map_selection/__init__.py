"""Which neuroids' maps a network is compared with, as the paper selects them."""
