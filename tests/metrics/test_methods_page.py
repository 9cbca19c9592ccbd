"""RSA and ridge once more, from docs/methods.md alone: loops over stimuli and neuroids, numpy and scikit-learn."""

import numpy as np
import pytest
from brainscore_mouse import load_metric
from brainscore_mouse.metrics.feature_gram import FeatureGram
from brainscore_mouse.metrics.layer_choice import choose_layers, selection_folds
from brainscore_mouse.metrics.layerwise import ChosenLayers
from brainscore_mouse.uncertainty.leave_one_out import jackknife
from scipy.special import gamma
from scipy.stats import rankdata
from sklearn.linear_model import Ridge

N_STIMULI, N_REPETITIONS = 41, 7


@pytest.fixture(scope="module")
def recordings():
    generator = np.random.default_rng(0)
    latents = generator.normal(size=(N_STIMULI, 5))
    signal = latents @ generator.normal(size=(5, 30)) + 4 * generator.normal(size=30)
    trials = signal + generator.normal(size=(N_REPETITIONS, N_STIMULI, 30))
    trials[6, 5, :9] = np.nan  # the first mouse lacks a trial
    subjects = np.repeat(["c", "a", "b"], [9, 11, 10])
    trials[:, :, 25] = generator.normal(size=trials.shape[:2])
    features = [
        latents @ generator.normal(size=(5, 40)) + s * generator.normal(size=(N_STIMULI, 40)) for s in (1, 2, 4)
    ]
    return trials, subjects, features


def partitions(subjects):
    generator = np.random.default_rng(0)
    names = np.unique(subjects)
    for _ in range(6):
        order = generator.permutation(N_STIMULI)
        stimuli = np.sort(order[: N_STIMULI // 2]), np.sort(order[N_STIMULI // 2 :])
        halves = [[], []]
        for mouse in generator.permutation(len(names)):
            size = [np.isin(subjects, half).sum() for half in halves]
            halves[int(size[1] < size[0])].append(names[mouse])
        for mice in range(2):
            for part in range(2):
                yield stimuli[part], halves[mice], stimuli[1 - part], halves[1 - mice]


def z(square, correlation=None):
    values = rankdata(square[np.triu_indices(len(square), 1)])
    values = values - values.mean()
    return values / np.sqrt((values**2).sum())


def correlation_rdm(patterns):
    return 1 - np.corrcoef(patterns)


def halves_of(generator, present, n_splits):
    keys = generator.random((n_splits, N_REPETITIONS, 1))[..., 0]
    for of_split in keys:
        first = np.zeros(present.shape, dtype=bool)
        for stimulus in range(present.shape[1]):
            there = np.flatnonzero(present[:, stimulus])
            chosen = there[np.argsort(of_split[there])][: len(there) // 2]
            first[chosen, stimulus] = True
        yield first, present & ~first


def half_rdm(mice):
    """`mice`: list of (trials of the part, which of them are in the half)."""
    p = sum(trials.shape[2] for trials, _ in mice)
    n_stimuli = mice[0][0].shape[1]
    means, noise = [], np.zeros(n_stimuli)
    for trials, half in mice:
        mean = np.empty(trials.shape[1:])
        for i in range(n_stimuli):
            of_stimulus = trials[half[:, i], i]
            mean[i] = of_stimulus.mean(axis=0)
            n = len(of_stimulus)
            noise[i] += of_stimulus.var(axis=0, ddof=1).sum() / n - of_stimulus.sum(axis=1).var(ddof=1) / n / p
        means.append(mean)
    m = np.concatenate(means, axis=1)
    c = m @ m.T - np.outer(m.sum(axis=1), m.sum(axis=1)) / p
    v = np.maximum(np.diag(c) - noise, 0.1 * np.diag(c))
    return 1 - c / np.sqrt(np.outer(v, v))


def test_rsa_equals_the_page(recordings):
    trials, subjects, features = recordings
    raw, ceilings = [], []
    folds = list(partitions(subjects))
    generators = np.random.default_rng(0).spawn(len(folds))
    average = np.nanmean(trials, axis=0)
    for (stimuli, mice, other_stimuli, other_mice), generator in zip(folds, generators, strict=True):
        chosen_by = average[np.ix_(other_stimuli, np.isin(subjects, other_mice))]
        scores = [z(correlation_rdm(f[other_stimuli])) @ z(correlation_rdm(chosen_by)) for f in features]
        model = z(correlation_rdm(features[int(np.argmax(scores))][stimuli]))
        parts = [trials[:, stimuli][:, :, subjects == mouse] for mouse in sorted(mice)]
        splits = [list(halves_of(generator, ~np.isnan(part[:, :, 0]), 3)) for part in parts]
        values, between = [], []
        for number in range(3):
            a, b = (z(half_rdm([(x, s[number][half]) for x, s in zip(parts, splits, strict=True)])) for half in (0, 1))
            values += [model @ a, model @ b]
            between.append(a @ b)
        raw.append(np.mean(values))
        ceilings.append(np.sqrt(max(np.mean(between), 0)))
    grams = [FeatureGram.of_features(f) for f in features]
    theirs = selection_folds(N_STIMULI, subjects, seed=0)
    target = load_metric("rsa").prepare(trials, subjects, theirs)
    chosen = choose_layers(target, grams, len(theirs))
    score = target.evaluate(grams, chosen).ceiled[np.arange(len(theirs)), chosen].mean()
    assert target.ceiling == pytest.approx(np.mean(ceilings), abs=1e-9)
    assert score == pytest.approx(np.mean(raw) / np.mean(ceilings), abs=1e-6)


def c4(n):
    return np.sqrt(2 / (n - 1)) * gamma(n / 2) / gamma((n - 1) / 2)


def mean_and_noise(trials, half):
    """Of one mouse: means over the half's trials, and the noise of each."""
    drift = np.nanmean(trials, axis=1, keepdims=True)
    mean, noise = np.empty(trials.shape[1:]), np.empty(trials.shape[1:])
    for i in range(trials.shape[1]):
        mean[i] = trials[half[:, i], i].mean(axis=0)
        n_trials = half[:, i].sum()
        noise[i] = (trials - drift)[half[:, i], i].var(axis=0, ddof=1) / n_trials
    return mean, noise * N_STIMULI / (N_STIMULI - 1)


def reliability(y, noise, sets):
    squares = sum(((y[t] - y[t].mean(axis=0)) ** 2).sum(axis=0) for t in sets)
    freedom = sum(len(t) - 1 for t in sets)
    return 1 - noise[np.concatenate(sets)].mean(axis=0) * (freedom - 2) / squares


def penalties(features):
    return ((features - features.mean(axis=0)) ** 2).sum() / N_STIMULI * 10 ** (-3 + 2 * np.arange(10) / 3)


def ridge_penalties(features, responses, test):
    """Return the index of each neuroid's penalty."""
    train = np.setdiff1d(np.arange(N_STIMULI), test)
    x, errors = features[train] - features[train].mean(axis=0), []
    for alpha in penalties(features):
        fit = Ridge(alpha=alpha).fit(features[train], responses[train])
        hat = x @ np.linalg.solve(x.T @ x + alpha * np.eye(x.shape[1]), x.T) + 1 / len(train)
        left_out = (responses[train] - fit.predict(features[train])) / (1 - np.diag(hat))[:, None]
        errors.append((left_out**2).sum(axis=0))
    return np.argmin(errors, axis=0)


def ridge_prediction(features, responses, test, chosen, without=()):
    train = np.setdiff1d(np.arange(N_STIMULI), [*test, *without])
    alphas = penalties(features)[chosen]
    return Ridge(alpha=alphas).fit(features[train], responses[train]).predict(features[test])


class DirectionOfFold:
    """What one half of the repetitions scores of a fold, by the other half's choice of neuroids."""

    def __init__(self, sets, predictions, y, noise, chosen):
        self.sets, self.predictions, self.y, self.noise, self.chosen = sets, predictions, y, noise, chosen

    def correlation(self, predictions, without=None):
        kept = [t != without for t in self.sets]
        r, squares, freedom = 0, 0, 0
        for t, k, p in zip(self.sets, kept, predictions, strict=True):
            dp, dy = p[k] - p[k].mean(axis=0), self.y[t[k]] - self.y[t[k]].mean(axis=0)
            r = r + (dp * dy).sum(axis=0) / np.sqrt((len(dp) - 1) * (dp**2).sum(axis=0)) / c4(len(dp)) / 2
            squares, freedom = squares + (dy**2).sum(axis=0), freedom + len(dy) - 1
        return r / np.sqrt(squares / freedom)

    def reliability(self, without=None):
        return reliability(self.y, self.noise, [t[t != without] for t in self.sets])

    def effects(self, deltas):
        """Return Q before its mean over neuroids, of all test stimuli, one set after the other."""
        found = []
        dys = [self.y[t] - self.y[t].mean(axis=0) for t in self.sets]
        s = np.sqrt(sum((dy**2).sum(axis=0) for dy in dys) / sum(len(t) - 1 for t in self.sets))
        for t, p, dy, delta in zip(self.sets, self.predictions, dys, deltas, strict=True):
            dp = p - p.mean(axis=0)
            d = (dp**2).sum(axis=0)
            slope = dy - dp * (dp * dy).sum(axis=0) / d
            found.append((delta - delta.mean(axis=0)) / (2 * c4(len(t)) * np.sqrt((len(t) - 1) * d) * s) * slope)
        return np.concatenate(found)


@pytest.fixture(scope="module")
def ridge_by_the_page(recordings):
    """Each fold's number of its stimuli and two directions, the penalties by that number, and the mean of C."""
    trials, subjects, features = recordings
    features = features[0]
    average = np.nanmean(trials, axis=0)
    names = np.unique(subjects)
    generator = np.random.default_rng(0)
    splits = {
        mouse: list(halves_of(generator, ~np.isnan(trials[:, :, subjects == mouse][:, :, 0]), 5)) for mouse in names
    }
    summaries = []
    for number in range(5):
        halves = []
        for half in range(2):
            mean, noise = np.empty((2, N_STIMULI, 30))
            for mouse in names:
                own = subjects == mouse
                mean[:, own], noise[:, own] = mean_and_noise(trials[:, :, own], splits[mouse][number][half])
            halves.append((mean, noise))
        summaries.append(halves)
    # Trials of a stimulus in a half, on average over stimuli, then over mice.
    n_trials = [np.mean([splits[mouse][0][half].sum(axis=0).mean() for mouse in names]) for half in (0, 1)]
    known, chosen_of, predictions = {}, {}, {}
    folds, covariances = [], []
    for stimuli, mice, _, _ in partitions(subjects):
        h = known.setdefault(stimuli.tobytes(), len(known))
        generator = np.random.default_rng(h)
        first = stimuli[generator.permutation(len(stimuli))[: len(stimuli) // 2]]
        rest = np.setdiff1d(stimuli, first)
        sets = [first, rest[generator.permutation(len(rest))[: len(stimuli) // 2]]]
        if h not in predictions:
            chosen_of[h] = [ridge_penalties(features, average, t) for t in sets]
            predictions[h] = [
                ridge_prediction(features, average, t, c) for t, c in zip(sets, chosen_of[h], strict=True)
            ]
        directions = []
        for a, b in ((0, 1), (1, 0)):
            rel_a = reliability(*summaries[h % 5][a], [np.arange(N_STIMULI)])
            k = (n_trials[a] + n_trials[b]) / n_trials[a]
            chosen = np.isin(subjects, mice) & (rel_a > 0) & (k * rel_a / (1 + (k - 1) * rel_a) >= 0.3)
            directions.append(DirectionOfFold(sets, predictions[h], *summaries[h % 5][b], chosen))
            covariances.append(np.cov(rel_a[chosen], directions[-1].reliability()[chosen])[0, 1])
        folds.append((h, directions))
    return folds, chosen_of, max(np.mean(covariances), 0)


def ceiling_by_the_page(mean_reliability, covariance, mean_of_all):
    return np.sqrt(mean_reliability) * (1 - covariance / 8 / mean_of_all**2)


def over_folds(folds, value):
    """Average values of directions within folds, then over folds that have a mouse left."""
    found = [np.mean([value(h, direction) for direction in directions], axis=0) for h, directions in folds]
    return np.nanmean(found, axis=0)


def mean_of(values):
    return values.mean(axis=-1) if values.shape[-1] else np.nan * values.sum(axis=-1)


def test_ridge_equals_the_page(recordings, ridge_by_the_page):
    trials, subjects, features = recordings
    by_page, _, covariance = ridge_by_the_page
    raw = over_folds(by_page, lambda _, one: one.correlation(one.predictions)[one.chosen].mean())
    mean_reliability = over_folds(by_page, lambda _, one: one.reliability()[one.chosen].mean())
    ceiling = ceiling_by_the_page(mean_reliability, covariance, mean_reliability)
    folds = selection_folds(N_STIMULI, subjects, seed=0)
    target = load_metric("ridge").prepare(trials, subjects, folds)
    evaluation = target.evaluate([FeatureGram.of_features(features[0])], [0] * len(folds))
    assert target.ceiling == pytest.approx(ceiling, abs=1e-9)
    assert evaluation.ceiled.mean() == pytest.approx(raw / ceiling, abs=1e-4)


@pytest.mark.slow
def test_errors_of_ridge_equal_the_page(recordings, ridge_by_the_page):
    trials, subjects, features = recordings
    by_page, chosen_of, covariance = ridge_by_the_page
    mice, n, average, changes = np.unique(subjects), N_STIMULI, np.nanmean(trials, axis=0), {}
    for h, (one, _) in by_page:
        if h not in changes:
            readouts = list(zip(one.sets, chosen_of[h], one.predictions, strict=True))
            changes[h] = [
                [
                    np.zeros_like(p) if i in t else ridge_prediction(features[0], average, t, c, [i]) - p
                    for t, c, p in readouts
                ]
                for i in range(n)
            ]
    mean_of_all = over_folds(by_page, lambda _, one: one.reliability()[one.chosen].mean())

    def value(without, kept):
        """S of the neuroids that are kept, without a stimulus or with all (None)."""

        def raw(h, one):
            found = one.correlation(one.predictions, without)
            if without is not None:
                readouts = [p + delta for p, delta in zip(one.predictions, changes[h][without], strict=True)]
                found = found + one.correlation(readouts) - one.correlation(one.predictions)
            return mean_of(found[one.chosen & kept])

        reliabilities = over_folds(by_page, lambda _, one: mean_of(one.reliability(without)[one.chosen & kept]))
        return over_folds(by_page, raw) / ceiling_by_the_page(reliabilities, covariance, mean_of_all)

    def pairs(kept):
        def of_direction(h, one):
            q = np.zeros((n, n)) if (one.chosen & kept).any() else np.full((n, n), np.nan)
            for i in range(n):
                q[i, np.concatenate(one.sets)] = mean_of(one.effects(changes[h][i])[:, one.chosen & kept])
            return q

        reliabilities = over_folds(by_page, lambda _, one: mean_of(one.reliability()[one.chosen & kept]))
        return over_folds(by_page, of_direction) / ceiling_by_the_page(reliabilities, covariance, mean_of_all)

    selections = [np.ones(len(subjects), dtype=bool), *(subjects != mouse for mouse in mice)]
    s = np.array([[value(without, kept) for without in (None, *range(n))] for kept in selections])
    first, second = np.triu_indices(n, 1)
    contributions = []
    for row, q in zip(s, map(pairs, selections), strict=True):
        without_both = row[1 + first] + row[1 + second] - row[0] - q[first, second] - q[second, first]
        of_pair = n * row[0] - (n - 1) * (row[1 + first] + row[1 + second]) + (n - 2) * without_both
        contributions.append((of_pair - of_pair.mean()) / n)
    contributions, m = np.array(contributions), len(mice)
    v_s = (n - 1) / n * ((s[0, 1:] - s[0, 1:].mean()) ** 2).sum()
    v_m = (m - 1) / m * ((s[1:, 0] - s[1:, 0].mean()) ** 2).sum()
    together = s[1:, 1:] - s[1:, :1] - s[:1, 1:]
    together = together - together.mean(axis=0) - together.mean(axis=1, keepdims=True) + together.mean()
    v_sm = (m - 1) * (n - 1) / m / n * (together**2).sum()
    p = (contributions[0] ** 2).sum()
    p_m = (m - 1) / m * ((contributions[1:] - contributions[1:].mean(axis=0)) ** 2).sum()
    v_s, v_sm = max(v_s - p, v_s / 2), max(v_sm - p_m, v_sm / 2)

    folds = selection_folds(n, subjects, seed=0)
    target = load_metric("ridge").prepare(trials, subjects, folds)
    found = target.left_out([ChosenLayers([FeatureGram.of_features(features[0])], [0] * len(folds))])
    np.testing.assert_allclose(found.values[0], s, atol=1e-6)
    assert jackknife(found, "stimuli").error == pytest.approx(np.sqrt(v_s), rel=1e-5)
    assert jackknife(found).error == pytest.approx(np.sqrt(max(v_s + v_m - v_sm, v_s, v_m)), rel=1e-5)
    assert p > 0.05 * v_s  # what is subtracted matters
