"""What the schemes of a package are called together."""

from pathlib import Path

import pytest

from kaoping.errors import Problems
from kaoping.facts.types import Title
from kaoping.scheme.reader import read_schemes

SCHEMES = Path(__file__).parents[1] / "schemes"


@pytest.mark.parametrize("folder", sorted(SCHEMES.glob("kaoping_*")), ids=lambda folder: folder.name)
def test_every_family_that_ships_has_a_title_in_both_languages(folder: Path) -> None:
    (family,) = {scheme.family for scheme in read_schemes(folder)}
    assert family
    assert family.zh
    assert family.en


def test_a_folder_without_the_file_has_schemes_without_a_family(tmp_path: Path) -> None:
    (tmp_path / "one.yaml").write_text(
        (SCHEMES / "kaoping_stars/harmonious-community-six-star.yaml").read_text("utf-8")
    )
    assert [scheme.family for scheme in read_schemes(tmp_path)] == [None]
    (tmp_path / "family.yaml").write_text("family: {zh: 星级, en: Stars}\n", encoding="utf-8")
    assert [scheme.family for scheme in read_schemes(tmp_path)] == [Title("星级", "Stars")]


@pytest.mark.parametrize("text", ["family: {zh: 星级}\n", "title: {zh: 星级, en: Stars}\n", "- family\n"])
def test_a_family_without_its_two_titles_is_told(tmp_path: Path, text: str) -> None:
    (tmp_path / "family.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(Problems) as problems:
        read_schemes(tmp_path)
    (error,) = problems.value.errors
    assert str(error.place).startswith(f"{tmp_path / 'family.yaml'}:1:1")
