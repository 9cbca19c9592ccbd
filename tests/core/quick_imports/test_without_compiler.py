"""torchvision without torch's compiler, and the compiler as it is wherever it is asked for."""

import subprocess
import sys

import pytest

pytestmark = pytest.mark.slow

IMPORT = """
import sys
from brainscore_mouse.core.quick_imports.without_compiler import without_compiler
with without_compiler():
    import torch, torchvision
"""
ANSWERS_OF_THE_REAL_ONE = """
from torch._dynamo.utils import is_compile_supported
assert type(sys.modules["torch._dynamo.utils"]).__name__ == "module"
assert torchvision.ops.roi_align.__globals__["is_compile_supported"]("cpu") == is_compile_supported("cpu")
assert is_compile_supported("meta") is False
"""


def run(program):
    subprocess.run([sys.executable, "-W", "ignore", "-c", program], check=True)  # noqa: S603


@pytest.mark.parametrize(
    "then",
    [
        'assert not [name for name in sys.modules if name.startswith("torch._dynamo")]',
        ANSWERS_OF_THE_REAL_ONE,
        'assert torchvision.ops.roi_align.__globals__["is_compile_supported"]("cpu") in (True, False)'
        + ANSWERS_OF_THE_REAL_ONE,
        'double = torch.compile(lambda x: 2 * x, backend="eager"); assert double(torch.ones(1)).item() == 2'
        + ANSWERS_OF_THE_REAL_ONE,
    ],
    ids=["not loaded", "loaded later", "loaded by torchvision", "loaded by compiling"],
)
def test_the_compiler_is_loaded_when_it_is_used(then):
    run(f"{IMPORT}\n{then}")


def test_what_asks_for_the_compiler_inside_the_block_gets_it():
    inside = IMPORT + "    import torch._dynamo\n    assert torch._dynamo.utils.counters is not None\n"
    run(inside + "assert torch._dynamo.utils.counters is not None\n" + ANSWERS_OF_THE_REAL_ONE)


def test_a_stored_score_of_a_network_of_torchvision_does_without_the_compiler(simulated_home):
    score = "from brainscore_mouse import score_model; import sys\n"
    score += "found = score_model('squeezenet1-1-random.0', 'simulated-mouse-VISp-rsa')\n"
    run(score)
    run(score + "assert found.attrs['from_cache'] and 'torch._dynamo' not in sys.modules")
