"""One training and its test on all domains, stored as a JSON file; many of them."""

import dataclasses
import json
import multiprocessing
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from brainscore_core.supported_data_standards.brainio.stimuli import StimulusSet

from ...activations.network_input import WithInputStage
from ...core.cache import warned_if_unwritable, write_kept_file
from ...core.content_key import content_key, now
from ...core.errors import DataError
from ...core.home import home
from ...core.image_loading import load_image_batch
from ...core.json_files.kind import COUNT, NUMBER, NUMBER_OR_NAN, TEXT, list_of, mapping_of, object_with
from ...core.json_files.read_json import read_json
from ...core.terminal.progress import progress
from ...core.threads import one_thread
from ...core.versions import package_versions
from ..domains.domain_sets import load_domain
from ..domains.location import domain_set_folder
from ..measures import confusion_matrix, expected_calibration_error
from .methods import METHODS, prepared
from .networks import IMAGE_SIZE, untrained_network
from .training import Budget, LabelledImages, TrainingOptions, class_probabilities, train

# To be raised when a training of the same settings would end otherwise.
_RUN_VERSION = 1
_OUTCOME = object_with(
    {
        **dict.fromkeys(("domain_set", "source", "architecture", "method"), TEXT),
        **dict.fromkeys(("seed", "n_fitting", "n_validation", "n_test"), COUNT),
        "budget": object_with({"epochs": COUNT, "batch_size": COUNT, "learning_rate": NUMBER}),
        "domains": mapping_of(
            object_with(
                {"accuracy": NUMBER, "ece": NUMBER_OR_NAN, "confusion": list_of(list_of(COUNT)), "correct": TEXT}
            )
        ),
    }
)


@dataclass(frozen=True)
class Run:
    """What a training depends on.

    Attributes
    ----------
    domain_set, source : str
        Where the fitting and validation images are drawn from.
    targets : tuple of str
        Domains that the trained network is tested on.
    architecture, method : str
        Keys of `ARCHITECTURES` and `METHODS`.
    seed : int
        Of the initial weights, of the images drawn, and of their order and augmentation.
    n_fitting, n_validation, n_test : int
        Numbers of images. The test images of a domain are always the same, the others are drawn from the rest.
    budget : Budget
        How long to train.
    """

    domain_set: str
    source: str
    targets: tuple[str, ...]
    architecture: str
    method: str
    seed: int
    n_fitting: int = 2000
    n_validation: int = 500
    n_test: int = 2000
    budget: Budget = dataclasses.field(default_factory=Budget)


def run_training(run: Run) -> dict[str, Any]:
    """Train and test, or return the stored outcome of the same run.

    Returns
    -------
    dict
        The run's settings; `epoch` and `validation_accuracies`; `domains` with `accuracy`, `ece`, `confusion` and
        `correct` ('1' or '0' for each test stimulus, in the order of their ids) of the source's held-out images and
        each target; `versions` and `created`.
    """
    folder = home() / "trainings"
    source = load_test_split(run.domain_set, run.source, run.n_test)
    targets = {domain: load_test_split(run.domain_set, domain, run.n_test) for domain in run.targets}
    settings = dataclasses.asdict(run)
    training_key = content_key(
        version=_RUN_VERSION,
        torch=torch.__version__,
        source_stimuli=source.stimuli.identifier,
        **{name: value for name, value in settings.items() if name != "targets"},
    )
    tests = {run.source: source, **targets}
    identifiers = {domain: split.stimuli.identifier for domain, split in tests.items()}
    key = content_key(training=training_key, tests=identifiers)
    path = folder / f"{key[:32]}.json"
    if path.is_file():
        stored: dict[str, Any] = read_json(
            path, _OUTCOME, DataError, "Remove it, and run the training again.", allow_nan=True
        )
        return stored
    checkpoint = folder / "checkpoints" / f"{training_key[:32]}.pt"
    with one_thread():  # a training lets differences of rounding grow
        outcome = _outcome_of_training(run, source, tests, checkpoint)
    outcome |= {"stimulus_sets": identifiers, "versions": package_versions(), "created": now()}
    write_kept_file(path, lambda temporary: temporary.write_text(json.dumps(outcome), encoding="utf-8"))
    with warned_if_unwritable(folder):
        checkpoint.unlink(missing_ok=True)
    return outcome


def _outcome_of_training(
    run: Run, source: "DomainSplit", tests: Mapping[str, "DomainSplit"], checkpoint: Path
) -> dict[str, Any]:
    classes = sorted(set(source.stimuli["image_label"]))
    fitting_rows, validation_rows = source.draw(run.n_fitting, run.n_validation, run.seed)
    network = untrained_network(run.architecture, len(classes), run.seed)
    if (stage := METHODS[run.method].trained_stage) is not None:
        network = WithInputStage(stage(), network)
    trained = train(
        network,
        _labelled(run, run.source, source, fitting_rows, classes),
        _labelled(run, run.source, source, validation_rows, classes),
        TrainingOptions(run.budget, run.seed, METHODS[run.method].augmentation),
        checkpoint,
    )
    outcomes = {}
    for domain, split in tests.items():
        test = _labelled(run, domain, split, split.test_rows, classes)
        outcomes[domain] = _outcome(class_probabilities(trained.network, test.images), test.labels.numpy())
    return {
        **dataclasses.asdict(run),
        "classes": classes,
        "epoch": trained.epoch,
        "validation_accuracies": trained.validation_accuracies,
        "domains": outcomes,
    }


def run_trainings(runs: Sequence[Run], n_processes: int = 1) -> list[dict[str, Any]]:
    """Run many trainings, each stored as soon as it is done; the same call resumes after an interruption.

    Parameters
    ----------
    runs : sequence of Run
        Those of the same method and domains best follow each other: their images are prepared once.
    n_processes : int
        How many to run at the same time, with one thread each.

    Returns
    -------
    list of dict
        See `run_training`, in the order of `runs`.
    """
    if n_processes == 1:
        return [run_training(run) for run in progress(runs, desc="trainings", unit="training")]
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(n_processes, mp_context=context) as pool:
        futures = {pool.submit(run_training, run): index for index, run in enumerate(runs)}
        try:
            outcomes = {}
            for future in progress(as_completed(futures), total=len(runs), desc="trainings", unit="training"):
                outcomes[futures[future]] = future.result()
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
    return [outcomes[index] for index in range(len(runs))]


@dataclass(frozen=True)
class DomainSplit:
    """A domain whose last stimuli, in the order of their content hashes, are for testing only.

    Attributes
    ----------
    stimuli : StimulusSet
        All of the domain.
    n_test : int
        Length of the testing part.
    """

    stimuli: StimulusSet
    n_test: int

    @property
    def test_rows(self) -> np.ndarray:
        """Rows for testing."""
        return np.arange(len(self.stimuli) - self.n_test, len(self.stimuli))

    def draw(self, n_fitting: int, n_validation: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
        """Draw disjoint rows for fitting and validation from those that are not for testing.

        Raises
        ------
        DataError
            If there are too few.
        """
        n_others = len(self.stimuli) - self.n_test
        if n_fitting + n_validation > n_others:
            raise DataError(
                f"{self.stimuli.identifier} has {n_others} stimuli beside the {self.n_test} for testing, but "
                f"{n_fitting} are needed for fitting and {n_validation} for validation; ask for fewer"
            )
        drawn = np.random.default_rng(seed).permutation(n_others)[: n_fitting + n_validation]
        return drawn[:n_fitting], drawn[n_fitting:]


def load_test_split(domain_set: str, domain: str, n_test: int) -> DomainSplit:
    """Load a domain; if it has fewer stimuli than `n_test`, all are for testing."""
    stimuli = _stimuli(domain_set, domain, domain_set_folder(domain_set))
    return DomainSplit(stimuli, min(n_test, len(stimuli)))


# The folder is one of the arguments because it can change while the process runs.
@lru_cache(maxsize=16)
def _stimuli(domain_set: str, domain: str, folder: Path) -> StimulusSet:
    return load_domain(domain_set, domain)


def _labelled(run: Run, domain: str, split: DomainSplit, rows: np.ndarray, classes: list[str]) -> LabelledImages:
    numbers = {name: number for number, name in enumerate(classes)}
    labels = torch.tensor([numbers[name] for name in split.stimuli["image_label"].to_numpy()[rows]])
    return LabelledImages(
        _prepared_images(run.domain_set, domain, domain_set_folder(run.domain_set), run.method)[torch.from_numpy(rows)],
        labels,
    )


@lru_cache(maxsize=6)
def _prepared_images(domain_set: str, domain: str, folder: Path, method: str) -> torch.Tensor:
    return prepared(_images(domain_set, domain, folder), method)


@lru_cache(maxsize=6)
def _images(domain_set: str, domain: str, folder: Path) -> torch.Tensor:
    stimuli = _stimuli(domain_set, domain, folder)
    return load_image_batch([stimuli.get_stimulus(key) for key in stimuli["stimulus_id"]], IMAGE_SIZE)


def _outcome(probabilities: np.ndarray, labels: np.ndarray) -> dict[str, Any]:
    predicted = probabilities.argmax(axis=1)
    return {
        "accuracy": float((predicted == labels).mean()),
        "ece": expected_calibration_error(probabilities, labels),
        "confusion": confusion_matrix(predicted, labels, probabilities.shape[1]).tolist(),
        "correct": "".join("1" if hit else "0" for hit in predicted == labels),
    }
