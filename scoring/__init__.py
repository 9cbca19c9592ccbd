"""From a model and a benchmark to a stored score, and whole tables of them."""
