"""Is one model better than another on the same recordings? Paired resampling, tests, correction for many of them."""
