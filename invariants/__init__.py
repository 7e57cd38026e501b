"""What must hold: invariants over values of the model, one file a component."""

from invariants.invariant import (
    Invariant,
    InvariantViolation,
    Kind,
    always,
    eventually,
    history,
    sometimes,
    transition,
)

__all__ = [
    "Invariant",
    "InvariantViolation",
    "Kind",
    "always",
    "eventually",
    "history",
    "sometimes",
    "transition",
]
