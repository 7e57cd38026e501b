"""Quantities, exactly, as the Kubernetes API defines them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wavetank.manifests.quantity import NotAQuantity, format_bytes, format_cpu, parse_quantity


@pytest.mark.parametrize(
    ("text", "units", "amount"),
    [
        ("500m", 1000, 500),
        ("2", 1000, 2000),
        ("0.1", 1000, 100),
        ("1.5Gi", 1, 1536 * 2**20),
        ("1536Mi", 1, 1536 * 2**20),
        ("100M", 1, 10**8),
        ("1e3", 1, 1000),
        ("1E3", 1, 1000),
        ("1E", 1, 10**18),
        ("1n", 1000, 1),
        ("0", 1, 0),
        (".5", 1000, 500),
        ("-1", 1, -1),
    ],
)
def test_what_the_api_accepts(text: str, units: int, amount: int) -> None:
    assert parse_quantity(text, units) == amount


@pytest.mark.parametrize(
    "text", ["", "1.5GiB", "one", "1 Gi", "1Ki m", "--1", "1e", "9Ei999", "0x10"]
)
def test_what_is_no_quantity_says_what_one_looks_like(text: str) -> None:
    with pytest.raises(NotAQuantity, match=r"expected one like|larger than"):
        parse_quantity(text)


def test_too_large_is_refused() -> None:
    with pytest.raises(NotAQuantity, match="larger than the largest"):
        parse_quantity("9223372036854775808")


@given(st.integers(0, 10**9))
def test_cpu_prints_canonically_and_reads_back(millicores: int) -> None:
    assert parse_quantity(format_cpu(millicores), 1000) == millicores


@given(st.integers(0, 2**50))
def test_bytes_print_canonically_and_read_back(count: int) -> None:
    assert parse_quantity(format_bytes(count)) == count
