"""Hypothesis profiles: how long its tests run, from a quick look to a long soak.

``quick`` is what a plain run of pytest uses; ``ci`` is Hypothesis's own (the same cases every
time, no database), which it loads by itself where it sees a CI system; ``soak`` is for a night.
Choose with ``--hypothesis-profile``. Seeds, databases and all other settings stay Hypothesis's.
"""

from __future__ import annotations

from hypothesis import HealthCheck, settings

__all__ = ["register"]

SLOW = (HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much)


def register() -> None:
    """Register ``quick`` and ``soak``; deadlines are off, for a step's time is no property."""
    settings.register_profile(
        "quick",
        max_examples=30,
        stateful_step_count=40,
        deadline=None,
        print_blob=True,
        suppress_health_check=SLOW,
    )
    settings.register_profile(
        "soak",
        max_examples=5000,
        stateful_step_count=200,
        deadline=None,
        print_blob=True,
        suppress_health_check=SLOW,
    )
