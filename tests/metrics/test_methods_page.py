"""RSA and ridge once more, from docs/methods.md alone: loops over stimuli and neuroids, numpy and scikit-learn."""

import numpy as np
import pytest
from brainscore_mouse import load_metric
from brainscore_mouse.metrics.feature_gram import FeatureGram
from brainscore_mouse.metrics.layer_choice import choose_layers, selection_folds
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


def ridge_prediction(features, responses, test):
    train = np.setdiff1d(np.arange(N_STIMULI), test)
    centred = features - features.mean(axis=0)
    t = (centred**2).sum() / N_STIMULI
    x = features[train] - features[train].mean(axis=0)
    errors, predictions = [], []
    for k in range(10):
        alpha = t * 10 ** (-3 + 2 * k / 3)
        fit = Ridge(alpha=alpha).fit(features[train], responses[train])
        hat = x @ np.linalg.solve(x.T @ x + alpha * np.eye(x.shape[1]), x.T) + 1 / len(train)
        left_out = (responses[train] - fit.predict(features[train])) / (1 - np.diag(hat))[:, None]
        errors.append((left_out**2).sum(axis=0))
        predictions.append(fit.predict(features[test]))
    return np.take_along_axis(np.array(predictions), np.argmin(errors, axis=0)[None, None], axis=0)[0]


def test_ridge_equals_the_page(recordings):
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
    known, predictions = {}, {}
    raw, reliabilities, covariances = [], [], []
    for stimuli, mice, _, _ in partitions(subjects):
        h = known.setdefault(stimuli.tobytes(), len(known))
        generator = np.random.default_rng(h)
        first = stimuli[generator.permutation(len(stimuli))[: len(stimuli) // 2]]
        rest = np.setdiff1d(stimuli, first)
        sets = [first, rest[generator.permutation(len(rest))[: len(stimuli) // 2]]]
        if h not in predictions:
            predictions[h] = [ridge_prediction(features, average, t) for t in sets]
        of_directions = []
        for a, b in ((0, 1), (1, 0)):
            mean, noise = summaries[h % 5][a]
            rel_a = reliability(mean, noise, [np.arange(N_STIMULI)])
            k = (n_trials[a] + n_trials[b]) / n_trials[a]
            chosen = np.isin(subjects, mice) & (rel_a > 0) & (k * rel_a / (1 + (k - 1) * rel_a) >= 0.3)
            y, y_noise = summaries[h % 5][b]
            rel_b = reliability(y, y_noise, sets)
            r = 0
            for t, p in zip(sets, predictions[h], strict=True):
                dp, dy = p - p.mean(axis=0), y[t] - y[t].mean(axis=0)
                r = r + (dp * dy).sum(axis=0) / np.sqrt((len(t) - 1) * (dp**2).sum(axis=0)) / c4(len(t)) / 2
            squares = sum(((y[t] - y[t].mean(axis=0)) ** 2).sum(axis=0) for t in sets)
            r = r / np.sqrt(squares / sum(len(t) - 1 for t in sets))
            of_directions.append(r[chosen].mean())
            reliabilities.append(rel_b[chosen].mean())
            covariances.append(np.cov(rel_a[chosen], rel_b[chosen])[0, 1])
        raw.append(np.mean(of_directions))
    mean_reliability = np.mean(reliabilities)
    ceiling = np.sqrt(mean_reliability) * (1 - max(np.mean(covariances), 0) / 8 / mean_reliability**2)
    folds = selection_folds(N_STIMULI, subjects, seed=0)
    target = load_metric("ridge").prepare(trials, subjects, folds)
    evaluation = target.evaluate([FeatureGram.of_features(features)], [0] * len(folds))
    assert target.ceiling == pytest.approx(ceiling, abs=1e-9)
    assert evaluation.ceiled.mean() == pytest.approx(np.mean(raw) / ceiling, abs=1e-4)
