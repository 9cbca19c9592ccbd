"""The plugin that ``brainscore-mouse new-submission`` writes passes its own tests."""

import importlib.util

import pytest
from brainscore_mouse.core.errors import ConformanceError
from brainscore_mouse.submission.new_submission import write_new_submission


def written_tests(plugin):
    spec = importlib.util.spec_from_file_location("written_by_new_submission", plugin / "test.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return {name: value for name, value in vars(module).items() if name.startswith("test_")}


def test_the_written_tests_pass(tmp_path):
    tests = written_tests(write_new_submission("my-net", tmp_path))
    assert set(tests) == {"test_layers_exist", "test_the_model_passes_all_checks"}
    for test in tests.values():
        test()


def test_the_written_tests_find_weights_that_change(tmp_path):
    plugin = write_new_submission("my-net", tmp_path)
    code = (plugin / "model.py").read_text()
    (plugin / "model.py").write_text(code.replace("torch.manual_seed(SEED)", "torch.seed()"))
    with pytest.raises(ConformanceError) as found:
        written_tests(plugin)["test_the_model_passes_all_checks"]()
    assert set(found.value.violations) == {"second-load"}
