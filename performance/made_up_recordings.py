"""Made-up features and recordings, as Brain-Score's assemblies."""

import numpy as np
from brainscore_core.supported_data_standards.brainio.assemblies import NeuroidAssembly, NeuronRecordingAssembly


def features_and_responses(
    n_stimuli: int = 118, n_features: int = 4096, n_neuroids: int = 2000, noise: float = 2.0
) -> tuple[np.ndarray, np.ndarray]:
    """Make features, and responses that depend on them."""
    generator = np.random.default_rng(0)
    features = generator.normal(size=(n_stimuli, n_features))
    signal = features @ generator.normal(size=(n_features, n_neuroids)) / np.sqrt(n_features)
    return features, signal + noise * generator.normal(size=signal.shape)


def assembly_of(values: np.ndarray) -> NeuroidAssembly:
    """Wrap a stimulus x neuroid matrix as Brain-Score does."""
    coords = {
        "stimulus_id": ("presentation", [f"s{number:03d}" for number in range(len(values))]),
        "position": ("presentation", np.arange(len(values))),
        "neuroid_id": ("neuroid", np.arange(values.shape[1])),
        "layer": ("neuroid", ["x"] * values.shape[1]),
    }
    return NeuroidAssembly(values, coords=coords, dims=["presentation", "neuroid"])


def trials_assembly(trials: np.ndarray) -> NeuronRecordingAssembly:
    """Wrap repetition x stimulus x neuroid trials."""
    n_repetitions, n_stimuli, n_neuroids = trials.shape
    coords = {
        "stimulus_id": ("presentation", np.tile([f"s{number:03d}" for number in range(n_stimuli)], n_repetitions)),
        "repetition": ("presentation", np.repeat(np.arange(n_repetitions), n_stimuli)),
        "neuroid_id": ("neuroid", np.arange(n_neuroids)),
        "region": ("neuroid", ["VISp"] * n_neuroids),
    }
    return NeuronRecordingAssembly(trials.reshape(-1, n_neuroids), coords=coords, dims=["presentation", "neuroid"])
