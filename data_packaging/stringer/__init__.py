"""Stringer et al. 2019 (natimg2800): responses of mouse V1 to 2,800 natural images."""
