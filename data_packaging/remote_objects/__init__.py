"""Reading objects of public buckets by byte ranges: retried, checked against what was read before, and resumable."""
