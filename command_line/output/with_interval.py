"""Estimates with their intervals, as people read them."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ...uncertainty.leave_one_out import Estimate


def with_interval(estimate: "Estimate") -> str:
    """Return an estimate with the ends of its interval, such as ``0.200 [-0.010, 0.410]``."""
    return f"{estimate.value:z.3f} [{estimate.low:z.3f}, {estimate.high:z.3f}]"
