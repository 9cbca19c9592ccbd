"""Where tests find the repository and the data beside it."""

from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
SHARED_DATA = REPOSITORY.parent / "shared" / "data"
RECORDINGS = SHARED_DATA / "allen_neuropixels_scenes"
ALLEN_FORMAT = REPOSITORY / "tests" / "allen_format"
