"""Simulated recordings with few stimuli, so that hundreds of networks can be scored on one processor."""

from pathlib import Path

from brainscore_mouse import load_stimulus_set
from brainscore_mouse.data_packaging.datasets import load_dataset
from brainscore_mouse.data_packaging.on_disk.datasets_here import list_datasets
from brainscore_mouse.data_packaging.packaged_dataset import Recipe, write_dataset
from brainscore_mouse.data_packaging.recordings import Recordings
from brainscore_mouse.data_packaging.simulated_mouse import simulate

_RECIPE = Recipe(
    response="simulated firing rate in spikes/s",
    window_ms=(0.0, 250.0),
    filters="none",
    source="the first stimuli of simulated-mouse",
    citation="none: simulated",
    licence="as of simulated-mouse",
)


def write_few_stimuli(n_stimuli: int) -> str:
    """Package the first stimuli of the simulated mice's VISp in the home; return the dataset's name.

    Parameters
    ----------
    n_stimuli : int
        RSA needs 20 and ridge 42.
    """
    dataset = f"{n_stimuli}-simulated-stimuli"
    if dataset not in list_datasets():
        load_dataset("simulated-mouse", "VISp")
        whole = simulate().recordings["VISp"]
        ids = whole.stimulus_ids[:n_stimuli]
        stimuli = load_stimulus_set("simulated-mouse")
        images = {name: Path(stimuli.get_stimulus(name)) for name in ids}
        few = Recordings(whole.responses[:, :n_stimuli], whole.neuroids, ids)
        write_dataset(dataset, [few], images, _RECIPE, simulated=True)
    return dataset
