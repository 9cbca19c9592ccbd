"""Partial least squares: fitted from inner products, by numpy or torch, and faster in compiled code."""
