"""Student's t against scipy's."""

import math

import pytest
from brainscore_mouse.uncertainty.student_t import two_sided_p
from scipy.stats import t


@pytest.mark.parametrize("degrees_of_freedom", [1, 2, 3, 4, 5, 8, 117, 118])
def test_it_is_scipys(degrees_of_freedom):
    for statistic in (0.0, 0.3, -1.0, 2.26, 4.0, 12.0):
        expected = 2 * t.sf(abs(statistic), degrees_of_freedom)
        assert two_sided_p(statistic, degrees_of_freedom) == pytest.approx(expected, abs=1e-13)
    assert two_sided_p(math.inf, degrees_of_freedom) == pytest.approx(0, abs=1e-13)
