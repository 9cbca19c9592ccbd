"""Small made-up recordings that several test files share."""

import numpy as np
from brainscore_core.supported_data_standards.brainio.assemblies import NeuroidAssembly


def assembly_of(values, stimulus_ids=None):
    """Wrap a stimulus x neuroid matrix as Brain-Score does."""
    n_stimuli, n_neuroids = values.shape
    stimulus_ids = [f"s{number:03d}" for number in range(n_stimuli)] if stimulus_ids is None else stimulus_ids
    return NeuroidAssembly(
        values,
        coords={
            "stimulus_id": ("presentation", stimulus_ids),
            "position": ("presentation", np.arange(n_stimuli)),
            "neuroid_id": ("neuroid", np.arange(n_neuroids)),
            "layer": ("neuroid", ["x"] * n_neuroids),
        },
        dims=["presentation", "neuroid"],
    )


def simulated_trials(generator, n_repetitions=20, n_stimuli=118, n_neuroids=120, rank=8, noise=1.0):
    """Responses of known signal: (trials, noise-free responses)."""
    signal = generator.normal(size=(n_stimuli, rank)) @ generator.normal(size=(rank, n_neuroids))
    trials = signal + noise * generator.normal(size=(n_repetitions, n_stimuli, n_neuroids)) * np.sqrt(rank)
    return trials, signal
