"""One measured figure beside what it is compared with in the same run (ARCHITECTURE.md, section 10)."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """A figure, its unit, the other side of the run, and the goal with whether it was met."""

    metric: str
    value: float
    unit: str
    against: str
    against_value: float
    goal: str
    met: bool

    @property
    def ratio(self) -> float | None:
        """Value over the other side; None when the other side is zero or either is no number."""
        if not (self.against_value and math.isfinite(self.against_value) and math.isfinite(self.value)):
            return None
        return self.value / self.against_value

    def as_json(self) -> dict[str, str | float | bool | None]:
        """Give the object of `bench --json`; a figure that is no number becomes null."""
        return {
            "metric": self.metric,
            "value": _finite(self.value),
            "unit": self.unit,
            "against": self.against,
            "against_value": _finite(self.against_value),
            "ratio": self.ratio,
            "goal": self.goal,
            "met": self.met,
        }


def compared(
    metric: str,
    value: float,
    unit: str,
    *,
    against: str,
    against_value: float,
    goal: str,
    meets: Callable[[float], bool],
) -> Result:
    """Make a result whose goal is on the ratio: `meets` is asked about the ratio, and never about none."""
    bare = Result(
        metric=metric,
        value=value,
        unit=unit,
        against=against,
        against_value=against_value,
        goal=goal,
        met=False,
    )
    ratio = bare.ratio
    return Result(
        metric=metric,
        value=value,
        unit=unit,
        against=against,
        against_value=against_value,
        goal=goal,
        met=ratio is not None and meets(ratio),
    )


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
