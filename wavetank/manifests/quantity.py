"""Quantities, exactly (apimachinery ``pkg/api/resource/quantity.go``).

``<sign><number><suffix>``: the suffix is binary (Ki Mi Gi Ti Pi Ei), decimal (n u m, none, k M G T
P E) or an exponent (e3, E3). Anything finer than the unit asked for rounds up.
"""

from __future__ import annotations

import re
from fractions import Fraction

__all__ = ["NotAQuantity", "format_bytes", "format_cpu", "parse_quantity"]

_FORM = re.compile(
    r"(?P<sign>[+-]?)(?P<number>\d+(\.\d*)?|\.\d+)"
    r"(?P<suffix>[numkMGTPE]|[KMGTPE]i|[eE][+-]?\d{1,2})?\Z"
)
_DECIMAL = {"n": -9, "u": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}
_BINARY = {"Ki": 1, "Mi": 2, "Gi": 3, "Ti": 4, "Pi": 5, "Ei": 6}
_MOST = 2**63 - 1


class NotAQuantity(ValueError):
    """The text is no quantity; the message says what one looks like."""


def parse_quantity(text: str, units: int = 1) -> int:
    """How many ``1/units`` the quantity is, rounded up: ``units`` 1000 gives millicores of cpu.

    Raises :class:`NotAQuantity`.
    """
    found = _FORM.match(text)
    if found is None:
        raise NotAQuantity(f"{text!r} is no quantity; expected one like 500m, 2, 1.5Gi or 100M")
    suffix = found["suffix"] or ""
    if suffix in _BINARY:
        scale = Fraction(1024 ** _BINARY[suffix])
    elif suffix in _DECIMAL:
        scale = Fraction(10) ** _DECIMAL[suffix]
    else:
        scale = Fraction(10) ** int(suffix[1:])
    number = found["number"]
    exact = Fraction(number if not number.startswith(".") else "0" + number) * scale
    if exact > _MOST:
        raise NotAQuantity(f"{text!r} is larger than the largest quantity, 2^63 - 1")
    amount = exact * units
    whole = -(-amount.numerator // amount.denominator)
    return -whole if found["sign"] == "-" else whole


def format_cpu(millicores: int) -> str:
    """Canonical: ``1500m``, ``2``."""
    return f"{millicores}m" if millicores % 1000 else str(millicores // 1000)


def format_bytes(count: int) -> str:
    """With the largest binary suffix that leaves a whole number: ``1536Mi``, ``2Gi``, ``1000``."""
    for suffix, power in reversed(_BINARY.items()):
        if count and count % 1024**power == 0:
            return f"{count // 1024**power}{suffix}"
    return str(count)
