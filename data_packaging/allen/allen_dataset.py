"""The datasets that can be fetched, and what a response is in each: the recipe is part of the identifier."""

import re
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from ...core.errors import UnknownIdentifierError
from .gratings.conditions import GRATINGS
from .responses.protocol import Protocol
from .responses.scenes import SCENES
from .responses.sweeps import EventWindow

FRAME_RATE_HZ = 30.15
"""Nominal rate of the 2-photon movies, for telling windows in ms; they are counted in frames."""

_SWEEP_FRAMES = 7  # for which a scene is shown
_ON_SCREEN = "-onscreen"
_NUMBER = r"0|[1-9]\d*"  # without leading zeros: one name for one dataset
_SPIKE_WINDOW = re.compile(rf"allen-mouse-npx(-gratings)?(?:-({_NUMBER})-({_NUMBER})ms)?(?:-({_NUMBER})ms-bins)?")
_DEFAULT_SPIKE_WINDOW_MS = (50, 250)


@dataclass(frozen=True)
class SweepMeans:
    """The AllenSDK's `mean_sweep_response`, from 2-photon fluorescence.

    Attributes
    ----------
    protocol : Protocol
        To which stimuli.
    """

    base: ClassVar = "allen-mouse"
    n_bins: ClassVar = 1
    comes_as_arrays: ClassVar = False

    protocol: Protocol = SCENES

    @property
    def name(self) -> str:
        """Short and unique; also a folder's name."""
        return f"mean-sweep-response{_of(self.protocol)}"

    @property
    def window_ms(self) -> tuple[float, float]:
        """Start and end of the response window after stimulus onset."""
        return 0.0, _ms(2 * _SWEEP_FRAMES)

    @property
    def description(self) -> str:
        """What one number is."""
        return (
            "AllenSDK mean_sweep_response: change in % of the neuropil-corrected fluorescence, mean over 14 frames "
            "from the onset relative to the mean over the 28 frames before"
        )


@dataclass(frozen=True)
class Events:
    """L0 events of 2-photon recordings, combined over a window.

    Attributes
    ----------
    author : str
        Whose window it is.
    window : EventWindow
        In frames.
    protocol : Protocol
        To which stimuli.
    """

    base: ClassVar = "allen-mouse-events"
    n_bins: ClassVar = 1
    comes_as_arrays: ClassVar = False

    author: str
    window: EventWindow
    protocol: Protocol = SCENES

    @property
    def is_tested(self) -> bool:
        """Whether responses are compared with spontaneous activity: means over as many frames for all sweeps."""
        return self.window.combine == "mean" and self.window.stop is not None

    @property
    def name(self) -> str:
        """Short and unique; also a folder's name."""
        return f"events-{self.author}{_of(self.protocol)}"

    @property
    def window_ms(self) -> tuple[float, float]:
        """Start and end of the response window after stimulus onset."""
        stop = _SWEEP_FRAMES if self.window.stop is None else self.window.stop
        return _ms(self.window.start), _ms(stop)

    @property
    def description(self) -> str:
        """What one number is."""
        stop = f"the {self.protocol.one}'s end" if self.window.stop is None else f"frame {self.window.stop}"
        return f"{self.window.combine} of the L0 events from frame {self.window.start} to before {stop} ({self.author})"


@dataclass(frozen=True)
class SpikeRates:
    """Firing rates of Neuropixels units.

    Attributes
    ----------
    start_ms, stop_ms : int
        The response window, after stimulus onset.
    bin_ms : int or None
        Width of the time bins; None: a single one.
    protocol : Protocol
        To which stimuli.
    """

    base: ClassVar = "allen-mouse-npx"
    comes_as_arrays: ClassVar = True

    start_ms: int
    stop_ms: int
    bin_ms: int | None = None
    protocol: Protocol = SCENES

    @property
    def name(self) -> str:
        """Short and unique; also a folder's name."""
        bins = f"-{self.bin_ms}ms-bins" if self.bin_ms else ""
        return f"rate-{self.start_ms}-{self.stop_ms}ms{bins}{_of(self.protocol)}"

    @property
    def window_ms(self) -> tuple[float, float]:
        """Start and end of the response window after stimulus onset."""
        return float(self.start_ms), float(self.stop_ms)

    @property
    def n_bins(self) -> int:
        """Number of time bins."""
        return len(self.edges_ms) - 1

    @property
    def edges_ms(self) -> np.ndarray:
        """Edges of the time bins, after stimulus onset."""
        return np.arange(self.start_ms, self.stop_ms + 1, self.bin_ms or self.stop_ms - self.start_ms)

    @property
    def description(self) -> str:
        """What one number is."""
        return (
            f"firing rate in spikes/s in half-open bins of {self.bin_ms or self.stop_ms - self.start_ms} ms, "
            f"{self.start_ms} to {self.stop_ms} ms after the onset"
        )


ResponseRecipe = SweepMeans | Events | SpikeRates
"""All have `base`, the dataset's identifier without options, `protocol`, `name`, `window_ms`, `n_bins`, `description`,
and `comes_as_arrays`: whether such responses are also passed on as arrays."""


@dataclass(frozen=True)
class AllenDataset:
    """A dataset that can be fetched.

    Attributes
    ----------
    identifier : str
        Its name.
    recipe : SweepMeans or Events or SpikeRates
        What a response is.
    on_screen_only : bool
        Whether the stimuli are gray where the spherical warping put them off the monitor.
    """

    identifier: str
    recipe: ResponseRecipe
    on_screen_only: bool = False

    @property
    def base(self) -> str:
        """The identifier without its options: 'allen-mouse', 'allen-mouse-events' or 'allen-mouse-npx'."""
        return self.recipe.base

    @property
    def how_to_get(self) -> str:
        """The commands that bring the dataset to this machine."""
        fetched = f"brainscore-mouse data fetch {self.identifier}"
        package = f"brainscore-mouse data package-arrays FOLDER --dataset {self.identifier} --official"
        return f"{fetched}, or, from arrays, {package}" if self.recipe.comes_as_arrays else fetched


_TWO_PHOTON_RECIPES: dict[str, ResponseRecipe] = {
    "allen-mouse": SweepMeans(),
    "allen-mouse-events": Events("devries2020", EventWindow(2, 12, "mean")),
    "allen-mouse-events-shi2019": Events("shi2019", EventWindow(0, None, "sum")),
    "allen-mouse-events-bakhtiari2021": Events("bakhtiari2021", EventWindow(0, 15, "sum")),
    "allen-mouse-gratings": SweepMeans(GRATINGS),
    "allen-mouse-gratings-events": Events("devries2020", EventWindow(2, 12, "mean"), GRATINGS),
}


def allen_dataset(identifier: str) -> AllenDataset:
    """Return the fetchable dataset of a name.

    Parameters
    ----------
    identifier : str
        'allen-mouse', 'allen-mouse-events', 'allen-mouse-events-shi2019', 'allen-mouse-events-bakhtiari2021', or
        'allen-mouse-npx' with, where they differ from 50-250 ms and one bin, the window and the width of the bins:
        'allen-mouse-npx-0-250ms', 'allen-mouse-npx-0-250ms-10ms-bins'. With static gratings instead of scenes:
        'allen-mouse-gratings', 'allen-mouse-gratings-events' and 'allen-mouse-npx-gratings', the last also with window
        and bins. With '-onscreen' at the end, the stimuli are gray where the animal could not see them.

    Raises
    ------
    UnknownIdentifierError
        If it is not one of these.
    """
    base = identifier.removesuffix(_ON_SCREEN)
    recipe = _TWO_PHOTON_RECIPES.get(base) or _spike_rates(base)
    if recipe is None:
        raise UnknownIdentifierError(
            f"No dataset {identifier!r} can be fetched. There are {', '.join(_TWO_PHOTON_RECIPES)}, allen-mouse-npx, "
            "allen-mouse-npx-gratings, and windows and bins of the last two, such as allen-mouse-npx-0-250ms-10ms-bins "
            f"(the bins must divide the window); each also with {_ON_SCREEN}."
        )
    return AllenDataset(identifier, recipe, on_screen_only=base != identifier)


def _spike_rates(identifier: str) -> SpikeRates | None:
    match = _SPIKE_WINDOW.fullmatch(identifier)
    if match is None:
        return None
    gratings, *numbers = match.groups()
    start, stop, width = (None if text is None else int(text) for text in numbers)
    if start is None or stop is None:
        start, stop = _DEFAULT_SPIKE_WINDOW_MS
    elif (start, stop) == _DEFAULT_SPIKE_WINDOW_MS:
        return None  # one name for one dataset
    if stop <= start or (width is not None and (width == 0 or (stop - start) % width or width == stop - start)):
        return None
    return SpikeRates(start, stop, width, GRATINGS if gratings else SCENES)


def _of(protocol: Protocol) -> str:
    """Return what the name of a recipe says of other stimuli than scenes."""
    return "" if protocol is SCENES else f"-{protocol.group.replace('_', '-')}"


def _ms(frames: int) -> float:
    return round(1000 * frames / FRAME_RATE_HZ, 1)
