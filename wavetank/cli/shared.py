"""Options that several commands have."""

from __future__ import annotations

import argparse

__all__ = ["add_extensions"]


def add_extensions(parser: argparse.ArgumentParser) -> None:
    """``--invariants FILE``: the user's own invariants, faults and controllers."""
    parser.add_argument(
        "--invariants",
        "--with",
        dest="extensions",
        action="append",
        default=[],
        metavar="FILE",
        help="Python file or module with your own invariants and faults; may be repeated",
    )
