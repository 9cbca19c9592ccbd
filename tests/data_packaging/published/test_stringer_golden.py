"""The authors' numbers of one recording of Stringer et al. 2019, which their notebook powerlaws.ipynb prints.

They need the published file (244 MB), so that the golden test is of the kind `network`; that its measures are right is
tested on made-up responses with known truth.
"""

import hashlib
import urllib.request

import numpy as np
import pytest
import scipy.io
from brainscore_mouse.data_packaging.stringer.read_stringer import read_stringer
from brainscore_mouse.data_packaging.stringer.stringer2019 import IMAGES, MD5S

NAME = "natimg2800_M170714_MP032_2017-09-14.mat"
URL = "https://ndownloader.figshare.com/files/12462698"
N_IMAGES = 2800


def signal_variance(trials):
    """Mean over neurons of the correlation between the two repetitions, of shape (2, n_stimuli, n_neurons)."""
    centred = trials - trials.mean(axis=1, keepdims=True)
    scaled = centred / (centred.std(axis=1, keepdims=True) + 1e-6)
    return float((scaled[0] * scaled[1]).mean())


def decoding_accuracy(trials):
    """How often the second repetition of an image has the largest inner product with the first."""
    return float(((trials[0] @ trials[1].T).argmax(axis=1) == np.arange(trials.shape[1])).mean())


def eigenspectrum(trials, generator, n_shuffles=10, n_components=1024):
    """Cross-validated variance along principal components, averaged over random exchanges of the repetitions."""
    n_components = min(n_components, *trials.shape[1:])
    spectra = []
    for _ in range(n_shuffles):
        exchanged = generator.random(trials.shape[1]) > 0.5
        first, second = (np.where(exchanged[:, None], trials[1 - i], trials[i]) for i in range(2))
        # Components of the stimuli, over neurons; each stimulus is centered over neurons.
        centred = first - first.mean(axis=1, keepdims=True)
        eigenvalues, vectors = np.linalg.eigh(centred @ centred.T)
        vectors = vectors[:, ::-1][:, :n_components] / np.sqrt(eigenvalues[::-1][:n_components])
        axes = first.T @ vectors
        spectra.append(((first @ axes) * (second @ axes)).sum(axis=0))
    return np.mean(spectra, axis=0)


def power_law_exponent(spectrum, ranks):
    """Minus the slope of log variance over log rank, with weights 1 / rank."""
    weights = np.sqrt(1 / ranks)  # numpy's polyfit squares them
    slope, _ = np.polyfit(np.log(ranks), np.log(np.abs(spectrum[ranks - 1])), 1, w=weights)
    return float(-slope)


def test_measures_find_the_known_truth():
    """Of responses with an eigenspectrum of exponent 1, and noise of known variance."""
    generator = np.random.default_rng(0)
    n_stimuli, n_neurons = 300, 600
    left, _ = np.linalg.qr(generator.normal(size=(n_stimuli, n_stimuli)))
    right, _ = np.linalg.qr(generator.normal(size=(n_neurons, n_stimuli)))
    signal = (left * np.arange(1.0, n_stimuli + 1) ** -0.5) @ right.T
    signal /= signal.std(axis=0)
    trials = signal + np.sqrt(3) * generator.normal(size=(2, n_stimuli, n_neurons))
    assert signal_variance(trials) == pytest.approx(0.25, abs=0.01)
    assert decoding_accuracy(signal[None].repeat(2, axis=0)) == 1
    assert decoding_accuracy(generator.normal(size=trials.shape)) < 0.02
    little_noise = signal + 0.3 * generator.normal(size=trials.shape)
    exponent = power_law_exponent(eigenspectrum(little_noise, generator, 3), np.arange(3, 100))
    assert exponent == pytest.approx(1, abs=0.1)


@pytest.mark.network
@pytest.mark.slow
def test_our_reader_gives_the_authors_numbers(tmp_path):
    """Signal variance 0.165, decoding 0.412, exponent 0.974 over the ranks 11 to 500."""
    path = tmp_path / NAME
    urllib.request.urlretrieve(URL, path)
    assert hashlib.md5(path.read_bytes()).hexdigest() == MD5S[NAME]  # noqa: S324 - as the publisher states
    images = tmp_path / IMAGES  # the images play no role; only their number does
    scipy.io.savemat(images, {"imgs": np.zeros((1, 1, N_IMAGES), dtype=np.uint8)})
    (recording,) = read_stringer({NAME: path}, {IMAGES: images}).mice
    trials = recording.load().responses.astype(np.float64)
    assert trials.shape[1] > 2700
    assert signal_variance(trials) == pytest.approx(0.165, abs=0.002)
    assert decoding_accuracy(trials) == pytest.approx(0.412, abs=0.005)
    spectrum = eigenspectrum(trials, np.random.default_rng(0))
    assert power_law_exponent(spectrum, np.arange(12, 501)) == pytest.approx(0.974, abs=0.01)
