"""Which datasets there are, and their manifests: reads no recordings, and imports nothing that takes its time."""
