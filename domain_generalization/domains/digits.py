"""Digit domains: MNIST, USPS and SVHN from their published files; MNIST-M and SYN made from MNIST and from fonts."""

from collections.abc import Callable

import numpy as np
from brainscore_core.supported_data_standards.brainio.stimuli import StimulusSet

from .digit_files import Digits, read_mnist, read_svhn, read_usps
from .location import domain_set_folder, missing_domain
from .photo_blend import photo_blended
from .rendered_digits import coloured_digits
from .stimuli import part_of, stimuli_of_arrays

DOMAIN_SET = "digits"
MAXIMAL_N_IMAGES = 5000
_SEED = 0


def load_digit_domain(domain: str) -> StimulusSet:
    """Load or make one of `DOMAINS`: at most 5000 images, those whose content hashes come first.

    MNIST's digits are dealt out to MNIST and MNIST-M in turn, so that no digit is in both.

    Parameters
    ----------
    domain : str
        A key of `DOMAINS`.

    Raises
    ------
    DatasetNotFoundError
        If its files are not on this machine; the message says where to put them.
    """
    images, labels = DOMAINS[domain]()
    stimuli = stimuli_of_arrays(f"{DOMAIN_SET}-{domain}", images, labels)
    return part_of(stimuli, np.arange(min(len(stimuli), MAXIMAL_N_IMAGES)))


def _mnist() -> Digits:
    digits, labels = _mnist_digits("MNIST")
    return digits[0::2], labels[0::2]


def _mnist_m() -> Digits:
    digits, labels = _mnist_digits("MNIST-M")
    # The published script makes the digit black and white first.
    return photo_blended(np.where(digits[1::2] > 0, 255, 0).astype(np.uint8), _SEED), labels[1::2]


def _usps() -> Digits:
    digits = read_usps(domain_set_folder(DOMAIN_SET))
    if digits is None:
        raise missing_domain(DOMAIN_SET, "USPS", "usps.h5, or usps.bz2 and usps.t.bz2 (dg-fetch gets the latter)")
    return digits


def _svhn() -> Digits:
    digits = read_svhn(domain_set_folder(DOMAIN_SET))
    if digits is None:
        raise missing_domain(DOMAIN_SET, "SVHN", "train_32x32.mat or test_32x32.mat (dg-fetch gets them)")
    return digits


def _syn() -> Digits:
    labels = [str(index % 10) for index in range(MAXIMAL_N_IMAGES)]
    return coloured_digits(labels, 32, _SEED), labels


def _mnist_digits(domain: str) -> Digits:
    digits = read_mnist(domain_set_folder(DOMAIN_SET))
    if digits is None:
        raise missing_domain(
            DOMAIN_SET, domain, "MNIST's train-*-ubyte.gz or t10k-*-ubyte.gz, images and labels (dg-fetch gets them)"
        )
    return digits


DOMAINS: dict[str, Callable[[], Digits]] = {
    "MNIST": _mnist,
    "USPS": _usps,
    "SVHN": _svhn,
    "MNIST-M": _mnist_m,
    "SYN": _syn,
}
