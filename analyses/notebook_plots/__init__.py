"""Plots for notebooks and scripts: each function draws into matplotlib axes, and returns them."""
