"""Every folder of tests/bad/facts is refused with exactly the words that stand beside its files."""

from pathlib import Path

import pytest
from intake_world import CATALOGUE, SCHEMES, SUBJECTS

from kaoping.errors import Problems
from kaoping.intake.reader import read_folder

BAD = Path(__file__).parent / "bad" / "facts"
CASES = sorted(folder.name for folder in BAD.iterdir() if folder.is_dir())


def refusal(folder: Path) -> str:
    """What is said of a folder, in both languages, hints indented, and the exit code."""
    with pytest.raises(Problems) as caught:
        read_folder([folder], CATALOGUE, SUBJECTS, SCHEMES)
    lines = []
    for language in ("zh", "en"):
        lines.append(f"[{language}]")
        for error in caught.value.errors:
            lines.append(error.text(language).replace(str(folder), folder.name))
            if hint := error.hint(language):
                lines.append(f"    {hint}")
    return "\n".join([*lines, f"[exit] {caught.value.exit_code}", ""])


@pytest.mark.parametrize("case", CASES)
def test_a_bad_folder_is_refused_in_these_words(case):
    assert refusal(BAD / case) == (BAD / case / "expected.txt").read_text(encoding="utf-8")
