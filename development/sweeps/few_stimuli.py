"""Simulated recordings with few stimuli, so that hundreds of networks can be scored on one processor."""

from pathlib import Path

from brainscore_mouse import load_stimulus_set
from brainscore_mouse.data_packaging.datasets import list_datasets, load_dataset
from brainscore_mouse.data_packaging.packaged_dataset import Recipe, write_dataset
from brainscore_mouse.data_packaging.recordings import Recordings
from brainscore_mouse.data_packaging.simulated_mouse import simulate

N_STIMULI = 48  # ridge needs 42
DATASET = "few-simulated-stimuli"
_RECIPE = Recipe(
    response="simulated firing rate in spikes/s",
    window_ms=(0.0, 250.0),
    filters="none",
    source="the first stimuli of simulated-mouse",
    citation="none: simulated",
    licence="as of simulated-mouse",
)


def write_few_stimuli() -> str:
    """Package the first stimuli of the simulated mice's VISp in the home; return the dataset's name."""
    if DATASET not in list_datasets():
        load_dataset("simulated-mouse", "VISp")
        whole = simulate().recordings["VISp"]
        ids = whole.stimulus_ids[:N_STIMULI]
        stimuli = load_stimulus_set("simulated-mouse")
        images = {name: Path(stimuli.get_stimulus(name)) for name in ids}
        few = Recordings(whole.responses[:, :N_STIMULI], whole.neuroids, ids)
        write_dataset(DATASET, [few], images, _RECIPE, simulated=True)
    return DATASET
