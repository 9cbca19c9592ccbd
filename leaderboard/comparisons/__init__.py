"""Which models are ahead of which, by the stored scores alone."""
