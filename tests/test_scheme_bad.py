"""Every kind of wrong scheme file is refused with its place, its words and what to do, and never with a traceback."""

from pathlib import Path

import pytest

from kaoping.errors import Problems
from kaoping.evaluation.compile import compile_scheme
from kaoping.scheme.catalogue import base_catalogue, merge_catalogue
from kaoping.scheme.reader import read_scheme

FOLDER = Path(__file__).parent / "bad" / "schemes"
FILES = sorted(FOLDER.glob("*.yaml"))


def told(problems, language):
    lines = []
    for error in problems.errors:
        lines.append(f"{error.text(language)} [{error.key}]")
        if hint := error.hint(language):
            lines.append(f"  {hint}")
    return lines


def compiled(file):
    scheme = read_scheme(file.read_text(encoding="utf-8"), file.name)
    return compile_scheme(scheme, merge_catalogue(base_catalogue(), [scheme]))


def test_the_catalogue_of_wrong_files_is_there():
    assert len(FILES) >= 35


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_wrong_scheme_file_is_refused_word_for_word(file):
    with pytest.raises(Problems) as caught:
        compiled(file)
    expected = file.with_suffix(".expected").read_text(encoding="utf-8").splitlines()
    assert ["[zh]", *told(caught.value, "zh"), "[en]", *told(caught.value, "en")] == expected
