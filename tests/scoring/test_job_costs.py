import pytest
from brainscore_mouse.core.host import host_kind
from brainscore_mouse.scoring.job_costs import JobCosts
from brainscore_mouse.scoring.jobs import Job

# Seconds of each step, and how much longer comparing a model takes than comparing others.
SHOWING = {"pixels": 1.0, "resnet50": 30.0, "gabor": 5.0}
LENGTH = {"pixels": 0.5, "resnet50": 1.5, "gabor": 1.0}
COMPARING = {"VISp": 4.0, "VISl": 2.0, "VISal": 3.0, "VISpm": 3.0}
PREPARING = 7.0
# Of showing, preparing and comparing: until it is known whether a score is stored.
LOADING = {"pixels": 0.1, "resnet50": 2.0, "gabor": 0.3}
READING, LOOKUP = 0.5, 0.2


def benchmark(area, metric="rsa", dataset="simulated-mouse"):
    return f"{dataset}-{area}-{metric}"


def records_of(models, areas, with_lookups=False, **attributes):
    """Return what is stored if each step takes what is said above; each model begins with another area."""
    shown, prepared, records = set(), set(), []
    for turn, model in enumerate(models):
        for area in [*areas[turn:], *areas[:turn]]:
            seconds = LENGTH[model] * COMPARING[area]
            seconds += 0 if model in shown else SHOWING[model]
            seconds += 0 if area in prepared else PREPARING
            lookup = LOOKUP + (0 if model in shown else LOADING[model]) + (0 if area in prepared else READING)
            shown.add(model)
            prepared.add(area)
            record = {
                "model_identifier": model,
                "benchmark_identifier": benchmark(area),
                "duration_s": seconds,
                "lookup_s": lookup if with_lookups else None,
                "created": f"2026-01-01T00:{len(records):02}:00+00:00",
                "host": host_kind(),
            }
            records.append(record | attributes)
    return records


def stored(**attributes):
    return records_of(list(SHOWING), ["VISp", "VISl", "VISal"], **attributes)


def seconds_of(records, *jobs, stored=()):
    of_table = [Job(*job) for job in jobs]
    return sum(cost.seconds for cost in JobCosts(records).of_jobs(of_table, [Job(*job) for job in stored]))


def test_of_a_known_model_on_a_known_benchmark_only_the_comparison_is_left():
    for model, area in (("resnet50", "VISp"), ("resnet50", "VISl"), ("gabor", "VISal")):
        expected = LENGTH[model] * COMPARING[area]
        assert seconds_of(stored(), (model, benchmark(area))) == pytest.approx(expected, rel=1e-6)


def test_a_model_is_shown_once_for_benchmarks_whose_definitions_have_other_versions():
    records = records_of(list(SHOWING), ["VISp", "VISl", "VISal"])
    for record in records:  # as rsa and ridge
        record["benchmark_version"] = 7 if record["benchmark_identifier"] == benchmark("VISl") else 6
    expected = seconds_of(stored(), ("resnet50", benchmark("VISpm")))
    assert seconds_of(records, ("resnet50", benchmark("VISpm"))) == pytest.approx(expected, rel=1e-6)


def test_in_another_table_model_and_recordings_are_loaded_again():
    jobs = [("resnet50", benchmark("VISp")), ("resnet50", benchmark("VISl"))]
    expected = LENGTH["resnet50"] * (4 + 2) + LOADING["resnet50"] + 2 * READING
    assert seconds_of(stored(with_lookups=True), *jobs) == pytest.approx(expected, rel=1e-6)


def test_stored_scores_are_confirmed():
    jobs = [(model, benchmark(area)) for model in ("pixels", "resnet50") for area in ("VISp", "VISl", "VISpm")]
    confirmed = [job for job in jobs if job[1] != benchmark("VISpm")]
    new = 0.5 * 3 + 1.5 * 3 + PREPARING
    expected = new + 4 * LOOKUP + LOADING["pixels"] + LOADING["resnet50"] + 2 * READING
    assert seconds_of(stored(with_lookups=True), *jobs, stored=confirmed) == pytest.approx(expected, rel=0.03)
    assert seconds_of(stored(), *jobs, stored=confirmed) == pytest.approx(new, rel=0.05)


def test_a_new_benchmark_is_prepared_once_and_compares_like_others_of_its_metric():
    jobs = [(model, benchmark("VISpm")) for model in ("pixels", "resnet50")]
    assert seconds_of(stored(), *jobs) == pytest.approx(0.5 * 3 + 1.5 * 3 + PREPARING, rel=0.05)
    costs = JobCosts(stored()).of_jobs([Job("pixels", benchmark(area)) for area in ("VISpm", "VISp")])
    assert [cost.is_of_other_benchmarks for cost in costs] == [True, False]


def test_a_new_model_is_loaded_and_shown_the_stimuli_once_as_others_are():
    jobs = [("alexnet", benchmark(area)) for area in ("VISp", "VISl")]
    assert seconds_of(stored(), *jobs) == pytest.approx((1 + 30 + 5) / 3 + 4 + 2, rel=0.1)


def test_a_mean_over_seeds_takes_as_long_as_its_networks():
    one, five = (seconds_of(stored(), (name, benchmark("VISp"))) for name in ("resnet18-random.0", "resnet18-random"))
    assert five == pytest.approx(5 * one)
    of_means = [record | {"weight_seeds": [0, 1], "duration_s": 2 * record["duration_s"]} for record in stored()]
    assert seconds_of(of_means, ("resnet50", benchmark("VISp"))) == pytest.approx(6.0, rel=1e-6)


def test_scores_of_another_machine_count_only_where_there_are_none_of_this_one():
    slow = [record | {"duration_s": 10 * record["duration_s"]} for record in stored(host={"processor": "an abacus"})]
    assert seconds_of(slow, ("resnet50", benchmark("VISp"))) == pytest.approx(60.0, rel=1e-6)
    assert seconds_of(slow + stored(), ("resnet50", benchmark("VISp"))) == pytest.approx(6.0, rel=1e-6)


def test_a_metric_that_was_never_used_has_no_time():
    assert JobCosts(stored()).of_jobs([Job("resnet50", "simulated-mouse-VISp-pls")]) == [None]


def test_other_datasets_are_estimated_from_the_same_metric():
    job = ("resnet50", benchmark("VISp", dataset="allen-mouse-npx"))
    expected = SHOWING["resnet50"] + LENGTH["resnet50"] * 3 + PREPARING  # 3 is the mean over areas
    assert seconds_of(stored(), job) == pytest.approx(expected, rel=0.1)
