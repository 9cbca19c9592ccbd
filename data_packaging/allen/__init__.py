"""The Allen Brain Observatory's recordings of natural scenes, from the public bucket to packaged datasets."""
