"""Identity and mobile numbers are found however they are written; numbers like them are left alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaoping.intake.personal import is_identity_number, may_hold_personal_data, personal_data

IDENTITY = "320724199001011233"  # made up; its check character is right


@pytest.mark.parametrize(
    "text",
    [
        IDENTITY,
        f"身份证号{IDENTITY}，已核",
        "３２０７２４１９９００１０１１２３３",
        "320724 19900101 1233",
        "320724-19900101-1233",
        "3 2 0 7 2 4 1 9 9 0 0 1 0 1 1 2 3 3",
        "12 320724199001011233",
        "11010519491231002X",
        "11010519491231002x",
        "３２０７２４\u200b１９９００１０１１２３３",
    ],
)
def test_an_identity_number_is_found_however_it_is_written(text):
    found = personal_data(text)
    assert found is not None
    assert found[0] == "identity-number"
    assert may_hold_personal_data(f"a,b\n1,{text}\n")


@pytest.mark.parametrize(
    "text",
    [
        "13812345678",
        "电话：13812345678（本人）",
        "１３８１２３４５６７８",
        "138 1234 5678",
        "138-1234-5678",
        "+86 13812345678",
        "008613812345678",
        "013812345678",
        "1 3 8 1 2 3 4 5 6 7 8",
        "13812345678、13912345678",
    ],
)
def test_a_mobile_number_is_found_however_it_is_written(text):
    assert personal_data(text) == ("mobile-number", "138****78")
    assert may_hold_personal_data(f"a,b\n1,{text}\n")


@pytest.mark.parametrize(
    "text",
    [
        "320724199001011234",  # wrong check character
        "320724199013011235",  # no such birthday
        "202501131234567890",  # an order number
        "DD13812345678",
        "2025031300013812345678",
        "913207240000000000",
        "91320724MA1MFCQ123",  # a credit code
        "0518-87223344",  # a land line
        "051887223344",
        "400-820-8820",
        "12345",
        "138,1234,5678",
        "13,812,345,678",
        "0.13812345678",
        "138.12345678",
        "12812345678",
        "a13912345678bf00",  # part of a digest
        "2025-01-13 15:00",
    ],
)
def test_order_numbers_credit_codes_land_lines_and_digests_are_left_alone(text):
    assert personal_data(text) is None


@given(st.integers(110000, 829999), st.dates(), st.integers(0, 999))
def test_every_number_with_a_right_check_character_is_found_and_never_shown_whole(region, born, serial):
    body = f"{region}{max(born.year, 1900)}{born.month:02}{min(born.day, 28):02}{serial:03}"
    number = next(body + check for check in "0123456789X" if _right(body + check))
    found = personal_data(f"号码 {number}")
    if 1850 <= int(number[6:10]) <= 2199:
        assert found == ("identity-number", f"{number[:3]}****{number[-2:]}")


def _right(number: str) -> bool:
    total = sum((2 ** (17 - place) % 11) * (10 if digit == "X" else int(digit)) for place, digit in enumerate(number))
    return total % 11 == 1


@given(st.text("0123456789X- \n", max_size=40))
def test_what_a_cell_holds_the_whole_text_may_hold(text):
    cells = text.split("\n")
    if any(personal_data(cell) for cell in cells):
        assert may_hold_personal_data("\n".join(cells))


def test_the_check_character_of_the_standards_own_example_is_x():
    assert is_identity_number("11010519491231002X")
    assert not is_identity_number("110105194912310021")
