"""Numbers of many rows told by their bytes."""

from array import array
from random import Random

import pytest

from kaoping_sql.lanes import cut, joined, merged, parted, size_of


@pytest.mark.parametrize("codes", ["", "B", "BH", "BBB", "HI", "IIH", "HIB", "IIB"], ids=lambda codes: codes or "none")
def test_rows_are_the_same_where_all_their_numbers_are(codes):
    rng = Random(codes)
    columns = [
        array(code, [rng.choice((0, 1, 255, 256 ** array(code).itemsize - 1)) for _ in range(40)]) for code in codes
    ]
    rows = list(zip(*columns, strict=True)) if columns else [()] * 40
    told = merged(columns, 40)
    assert len(told) == 40
    assert len(set(told)) == len(set(rows)) == len(set(zip(rows, told, strict=True)))


def test_what_is_put_together_comes_apart_again_and_adds_up():
    sizes = [size_of(high) for high in (0, 255, 256, 2**16, 2**32, 2**63 - 1)]
    assert sizes == [1, 1, 2, 4, 8, 8]
    rng = Random(1)
    rows = [[rng.randrange(2 ** (8 * size - 1)) for size in sizes] for _ in range(9)]
    more = [[rng.randrange(2 ** (8 * size - 1)) for size in sizes] for _ in range(9)]
    numbers = [joined(one, sizes) + joined(other, sizes) for one, other in zip(rows, more, strict=True)]
    sums = [[a + b for a, b in zip(one, other, strict=True)] for one, other in zip(rows, more, strict=True)]
    assert [list(row) for row in zip(*parted(numbers, sizes), strict=True)] == sums


def test_numbers_that_compare_alike_with_some_become_one():
    cuts = (3, 4, 9)
    alike = {value: cut(value, cuts) for value in range(-2, 13)}

    def compared(value):
        return [(value > one) - (value < one) for one in cuts]

    assert all(compared(value) == compared(told) for value, told in alike.items())
    assert len(set(alike.values())) == 6
    assert (cut(None, cuts), cut(None, ()), cut(7, ())) == (None, None, 0)
