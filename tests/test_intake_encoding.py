"""Bytes to text: what offices save is read, what is no text is named, and nothing ends in a traceback."""

import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from intake_world import CATALOGUE, SCHEMES, SUBJECTS

from kaoping.errors import DataError, KaopingError
from kaoping.intake import encoding
from kaoping.intake.encoding import decode, read_bytes
from kaoping.intake.model import Findings
from kaoping.intake.reader import read_folder

TEXT = "对象编号,周期,考核小组考评\r\n翠园小区,2025Q1,80\r\n"


@pytest.mark.parametrize(
    ("data", "noted"),
    [
        (TEXT.encode(), []),
        (TEXT.encode("utf-8-sig"), []),
        (TEXT.encode("gbk"), ["a.csv: 文件按 GB18030（GBK）编码读取"]),
        (TEXT.encode("utf-16"), ["a.csv: 文件按 UTF-16 编码读取"]),
        (b"\xfe\xff" + TEXT.encode("utf-16-be"), ["a.csv: 文件按 UTF-16 编码读取"]),
    ],
)
def test_a_file_is_read_as_it_was_saved_and_what_is_not_utf_8_is_noted(data, noted):
    findings = Findings()
    assert decode(data, "a.csv", findings) == TEXT
    assert [note.text("zh") for note in findings.notes()] == noted


def test_rare_characters_of_names_survive_gb18030():
    assert decode("䶮㛃𫖯,龘\n".encode("gb18030"), "a.csv", Findings()) == "䶮㛃𫖯,龘\n"


def test_a_file_larger_than_any_table_is_refused_unread(tmp_path, monkeypatch):
    monkeypatch.setattr(encoding, "LARGEST", 1024 * 1024)
    (tmp_path / "a.csv").write_bytes(b"x" * (1024 * 1024 + 1))
    with pytest.raises(DataError) as caught:
        read_bytes(tmp_path / "a.csv", "a.csv")
    assert caught.value.text("zh") == "a.csv: 文件超过 1 MB"


def survives(name: str, data: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(data)
        said = ["read"]
        try:
            read_folder([path], CATALOGUE, SUBJECTS, SCHEMES)
        except KaopingError as error:
            said = [error.text("zh"), error.text("en")]
        assert all(said)


NAMES = st.sampled_from(["subjects.csv", "relations.csv", "registers.csv", "closings.csv", "投诉.csv", "得分.csv"])


@given(NAMES, st.binary(max_size=300))
def test_arbitrary_bytes_never_give_a_traceback(name, data):
    survives(name, data)


HEADERS = {
    "subjects.csv": "subject,type,title,since,until",
    "relations.csv": "relation,subject,to,since,until",
    "registers.csv": "subject,record,complete_through,stated_by",
    "closings.csv": "scheme,period,closed_by",
    "投诉.csv": "subject,record_no,received_on,valid,source",
    "得分.csv": "subject,period,group_score,household_count,aspect_score.team_unity,impression,remark",
}
WORDS = [
    "e1",
    "c1",
    "estate",
    "company",
    "2025Q1",
    "2025",
    "2025-03-01",
    "80",
    "是",
    "好",
    '"',
    "'=",
    "complaint",
    "０",
    "",
]
CELLS = st.sampled_from(WORDS) | st.text(max_size=6)


@given(NAMES, st.lists(st.lists(CELLS, max_size=8), max_size=6), st.sampled_from(["utf-8", "gb18030", "utf-16"]))
def test_arbitrary_cells_under_true_headers_never_give_a_traceback(name, rows, written):
    text = "\n".join([HEADERS[name], *(",".join(row) for row in rows)])
    survives(name, text.encode(written, errors="replace"))
