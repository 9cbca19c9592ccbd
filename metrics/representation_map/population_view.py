"""A population's maps of some scenes, with the counterparts of its neuroids found on other scenes."""

from collections.abc import Sequence

import numpy as np

from ..layerwise import Part
from .maps import MapForm
from .rmse import best_matches, pairwise_rmse, rmse

# The maps of so many draws are held at a time: tens of MB.
_DRAWS_PER_BLOCK = 16


def matching_splits(part: Part, generator: np.random.Generator) -> list[tuple[np.ndarray, np.ndarray]]:
    """Share out stimuli between finding counterparts and scoring.

    Parameters
    ----------
    part : Part
        Its `stimuli` are scored; counterparts may be found on its `fit_stimuli`.
    generator : numpy.random.Generator
        Source of the halves.

    Returns
    -------
    list of (array of int, array of int)
        Stimuli to find counterparts on, and disjoint stimuli to score. One pair where there are fit stimuli that are
        not scored; else two halves of the stimuli, one way and the other.
    """
    others = np.setdiff1d(part.fit_stimuli, part.stimuli)
    if len(others) > 0:
        return [(others, part.stimuli)]
    order = generator.permutation(part.stimuli)
    first, second = np.sort(order[: len(order) // 2]), np.sort(order[len(order) // 2 :])
    return [(first, second), (second, first)]


class PopulationView:
    """A population's maps of the scored scenes, and of those that counterparts are found on.

    Parameters
    ----------
    form : MapForm
        How maps are made.
    responses : array of shape (n_stimuli, n_neuroids)
        Trial-averaged.
    scenes : array of shape (n_stimuli, n_pixels)
        See :func:`~brainscore_mouse.metrics.representation_map.maps.flattened_scenes`.
    match, test : array of int
        Stimuli to find counterparts on, and to score.

    Attributes
    ----------
    defined : array of bool, shape (n_neuroids,)
        Which neuroids have maps of both sets of scenes.
    mean_image_error : float
        Mean RMSE of their maps with the mean scene.
    """

    def __init__(self, form: MapForm, responses: np.ndarray, scenes: np.ndarray, match: np.ndarray, test: np.ndarray):
        self.form = form
        self.match, self.test = match, test
        self.responses, self.scenes = responses[test], scenes[test]
        self._match_scenes = scenes[match]
        self._match_maps = form.maps(responses[match], self._match_scenes)
        self._maps = form.maps(self.responses, self.scenes)
        self.defined = np.isfinite(self._match_maps).all(axis=1) & np.isfinite(self._maps).all(axis=1)
        self.mean_image_error = self.mean_over_neuroids(rmse(self._maps, form.mean_image(self.scenes)))

    def mean_over_neuroids(self, errors: np.ndarray) -> float:
        """Average the last axis over neuroids with maps (and all else); NaN where there are none.

        Silence in a bootstrap draw leaves a neuroid out of that draw.
        """
        present = errors[..., self.defined]
        present = present[np.isfinite(present)]
        return float(present.mean()) if present.size else float("nan")

    def counterparts(self, channels: np.ndarray) -> np.ndarray | None:
        """Find each neuroid's channel on the scenes that are not scored.

        Parameters
        ----------
        channels : array of shape (n_stimuli, n_channels)
            Responses of all channels to all stimuli.

        Returns
        -------
        array of int, shape (n_neuroids,), or None
            None where no channel has a map.
        """
        on_match = self.form.maps(channels[self.match], self._match_scenes)
        # A channel that is silent for the scored scenes has no map of them. No response of a neuroid enters here.
        silent = np.isnan(self.form.maps(channels[self.test], self.scenes)).any(axis=1)
        on_match[silent] = np.nan
        if np.isnan(on_match).any(axis=1).all():
            return None
        return best_matches(self._match_maps, on_match)

    def errors_of(self, channels: np.ndarray) -> np.ndarray:
        """Return the RMSE of each neuroid with its counterpart on the scored scenes, shape (n_neuroids,).

        NaN for neuroids that are not `defined`, and where no channel has a map.
        """
        counterparts = self.counterparts(channels)
        if counterparts is None:
            return np.full(len(self.defined), np.nan)
        maps = self.form.maps(channels[self.test][:, counterparts], self.scenes)
        return np.where(self.defined, rmse(self._maps, maps), np.nan)

    def error_of(self, channels: np.ndarray) -> float:
        """Return the mean RMSE of neuroids with their counterparts; NaN where no channel has a map."""
        return self.mean_over_neuroids(self.errors_of(channels))

    def error_of_all_pairs(self, channels: np.ndarray) -> float:
        """Return the mean RMSE over all pairs of a neuroid and a channel on the scored scenes: nothing is matched."""
        return self.mean_over_neuroids(pairwise_rmse(self.form.maps(channels[self.test], self.scenes), self._maps))

    def mean_image_error_of_draw(self, weights: np.ndarray) -> float:
        """Return the mean RMSE with the mean scene where the scored scenes have these weights."""
        maps = self.form.maps(self.responses, self.scenes, weights)
        return self.mean_over_neuroids(rmse(maps, self.form.mean_image(self.scenes, weights)))

    def errors_of_draws(
        self,
        models: Sequence[tuple[np.ndarray, np.ndarray]],
        stimuli: np.ndarray,
        neuroids: np.ndarray,
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return the mean RMSE of models, and of the mean scene, in bootstrap draws of the scored scenes and neuroids.

        Parameters
        ----------
        models : sequence of (array of shape (n_stimuli, n_channels), array of int, shape (n_neuroids,))
            The responses of each model's channels to all stimuli, and the neuroids' counterparts, which stay as they
            are.
        stimuli : array of shape (n_draws, n_test)
            How often each scored scene is in each draw.
        neuroids : array of shape (n_draws, n_neuroids)
            How often each neuroid is.

        Returns
        -------
        errors : array of shape (n_models, n_draws)
        mean_image_errors : array of shape (n_draws,)
            NaN in a draw without neuroids that have a map.
        """
        errors = np.empty((1 + len(models), len(stimuli)))
        used = [np.unique(counterparts, return_inverse=True) for _, counterparts in models]
        for start in range(0, len(stimuli), _DRAWS_PER_BLOCK):
            draws = slice(start, start + _DRAWS_PER_BLOCK)
            weights = stimuli[draws].astype(np.float64)
            maps = self.form.maps(self.responses, self.scenes, weights)
            mean_image = self.form.mean_image(self.scenes, weights)
            errors[0, draws] = self._weighted_mean(rmse(maps, mean_image[:, None]), neuroids[draws])
            for number, ((channels, _), (needed, positions)) in enumerate(zip(models, used, strict=True), 1):
                of_channels = self.form.maps(channels[self.test][:, needed], self.scenes, weights)
                errors[number, draws] = self._weighted_mean(rmse(maps, of_channels[:, positions]), neuroids[draws])
        return errors[1:], errors[0]

    def _weighted_mean(self, errors: np.ndarray, counts: np.ndarray) -> np.ndarray:
        """Average over neuroids with maps, each as often as it was drawn, shape (n_draws,)."""
        present = np.isfinite(errors) & self.defined
        weights = np.where(present, counts, 0)
        with np.errstate(invalid="ignore"):
            return (weights * np.where(present, errors, 0.0)).sum(axis=1) / weights.sum(axis=1)

    def random_map_error(self, generator: np.random.Generator) -> float:
        """Return the mean RMSE of neuroids with maps of noise that have the mean and variance of their own maps."""
        means, deviations = self._maps.mean(axis=1, keepdims=True), self._maps.std(axis=1, keepdims=True)
        noise = means + deviations * generator.standard_normal(self._maps.shape)
        return self.mean_over_neuroids(rmse(self._maps, noise))

    def noise_error(self, first: np.ndarray, second: np.ndarray, weights: np.ndarray | None = None) -> float:
        """Estimate the RMSE between the measured and the noise-free maps from two halves of the repetitions.

        Parameters
        ----------
        first, second : array of shape (n_splits, n_stimuli, n_neuroids)
            Mean responses to all stimuli over each half.
        weights : array of shape (n_test,), optional
            How often each scored scene counts.

        Returns
        -------
        float
            Half of the RMSE between the halves' maps, averaged over splits and neuroids.
        """
        errors = [
            rmse(self.form.maps(a, self.scenes, weights), self.form.maps(b, self.scenes, weights))
            for a, b in zip(first[:, self.test], second[:, self.test], strict=True)
        ]
        return self.mean_over_neuroids(np.stack(errors)) / 2
