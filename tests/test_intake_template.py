"""Templates: what is written for a clerk, and that what the clerk fills in reads back as meant."""

import csv
import io
import tempfile
from datetime import date
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from intake_world import CATALOGUE, SCHEMES, SUBJECTS

from kaoping.errors import UsageError
from kaoping.facts.frame import NEVER, Edge, Subject
from kaoping.facts.periods import parse_period
from kaoping.facts.rows import NewEdge, NewRecord, NewSubject, NewValue
from kaoping.facts.types import Catalogue, FactType, SubjectType, Title, ValueType
from kaoping.facts.values import value_words
from kaoping.intake.reader import read_folder
from kaoping.intake.template import Needs, table_text, templates, write_templates

YEAR = parse_period("2025")
NEEDS = Needs(
    facts=tuple(CATALOGUE.facts.values()),
    records=tuple(CATALOGUE.records.values()),
    relations=tuple(CATALOGUE.relations.values()),
    schemes=tuple(SCHEMES.values()),
    subjects=tuple(SUBJECTS.values()),
)


def texts(needs, period=YEAR, language="zh"):
    return {name: table_text(table) for name, table in templates(needs, CATALOGUE, period, language).items()}


def test_the_tables_of_a_scheme_are_prefilled_with_what_is_known():
    needs = Needs(
        facts=[CATALOGUE.facts["estate", "group_score"], CATALOGUE.facts["estate", "household_count"]],
        records=[CATALOGUE.records["estate", "complaint"]],
        relations=[CATALOGUE.relations["company"]],
        schemes=[SCHEMES["property-abcd"]],
        subjects=[SUBJECTS["e1"], SUBJECTS["p1"]],
        edges={("company", "e1"): (Edge("p1", date(2024, 1, 1)),)},
    )
    assert texts(needs) == {
        "对象": "对象编号,对象类型,名称,登记自,登记止（不含）\r\n"
        "p1,物业服务企业,安居物业,,\r\ne1,住宅小区,翠园小区,2020-01-01,\r\n",
        "关系": "关系,对象编号,对象名称,相关对象编号,自,止（不含）\r\n物业公司,e1,翠园小区,p1,2024-01-01,\r\n",
        "数据-季度": "对象编号,对象名称,周期,考核小组考评,来源,佐证\r\n"
        "e1,翠园小区,2025Q1,,,\r\ne1,翠园小区,2025Q2,,,\r\ne1,翠园小区,2025Q3,,,\r\ne1,翠园小区,2025Q4,,,\r\n",
        "数据-变动": "对象编号,对象名称,周期,户数,来源,佐证\r\ne1,翠园小区,2025-01-01,,,\r\n",
        "投诉": "对象编号,编号,受理日期,有效,已整改,来源,佐证\r\n",
        "台账": "对象编号,对象名称,台账,完整至,报告人\r\ne1,翠园小区,投诉,,\r\n",
        "结束填报": "方案,周期,结束人\r\n"
        "property-abcd,2025Q1,\r\nproperty-abcd,2025Q2,\r\nproperty-abcd,2025Q3,\r\n"
        "property-abcd,2025Q4,\r\nproperty-abcd,2025,\r\n",
    }


def test_in_english_ids_stand_in_headers_and_file_names():
    tables = texts(NEEDS, language="en")
    assert tables["values-year"].splitlines()[0] == (
        "subject,subject_title,period,creation_rank,aspect_score.creation_concept,aspect_score.team_unity,"
        "has_plan,impression,remark,growth,source,evidence"
    )
    assert {"subjects", "relations", "values-held", "values-quarter", "complaint", "registers", "closings"} <= set(
        tables
    )


def test_without_subjects_there_are_headers_only():
    tables = templates(Needs(facts=NEEDS.facts, records=NEEDS.records), CATALOGUE, YEAR)
    assert {name: len(table) for name, table in tables.items()} == dict.fromkeys(tables, 1)


def test_a_subject_that_has_left_before_the_period_gets_no_lines():
    gone = Subject("e7", "estate", "旧村", until=date(2025, 1, 1))
    tables = templates(Needs(facts=[CATALOGUE.facts["estate", "creation_rank"]], subjects=[gone]), CATALOGUE, YEAR)
    assert len(tables["数据-年"]) == 1
    assert tables["对象"][1][:1] == ["e7"]


def test_a_quarters_template_asks_for_that_quarter_only():
    table = templates(NEEDS, CATALOGUE, parse_period("2025Q3"))["数据-季度"]
    assert {row[2] for row in table[1:]} == {"2025Q3"}


def test_what_another_scheme_feeds_is_not_asked_for():
    fed = FactType("fed", "estate", ValueType("text"), Title("被喂"), fed_from="ten-star.grade")
    assert list(templates(Needs(facts=[fed]), CATALOGUE, YEAR)) == ["对象"]


def test_facts_of_one_id_share_a_column_where_their_titles_would_clash():
    count = ValueType("integer")
    facts = [FactType("users", "street", count, Title("来源")), FactType("users", "unit", count, Title("人数"))]
    catalogue = Catalogue(
        subject_types={name: SubjectType(name, Title(name)) for name in ("street", "unit")},
        facts={(fact.of, fact.id): fact for fact in facts},
    )
    table = templates(Needs(facts=facts), catalogue, YEAR)["数据-年"]
    assert table[0] == ["对象编号", "对象名称", "周期", "来源", "人数", "佐证"]


def test_files_that_exist_are_not_written_over_unless_forced(tmp_path):
    written = write_templates(tmp_path / "模板", NEEDS, CATALOGUE, YEAR)
    assert all(path.read_bytes().startswith(b"\xef\xbb\xbf") for path in written)
    with pytest.raises(UsageError) as caught:
        write_templates(tmp_path / "模板", NEEDS, CATALOGUE, YEAR)
    assert caught.value.text("zh").startswith(f"“{tmp_path / '模板'}”里已有 对象.csv、")
    assert write_templates(tmp_path / "模板", NEEDS, CATALOGUE, YEAR, force=True) == written


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_template_left_as_it_is_says_only_who_is_on_file(tmp_path, language):
    write_templates(tmp_path, NEEDS, CATALOGUE, YEAR, language)
    intake = read_folder([tmp_path], CATALOGUE, SUBJECTS, SCHEMES)
    said = [Subject(row.id, row.type, row.title, row.since, row.until) for row in intake.rows]
    assert {type(row) for row in intake.rows} == {NewSubject}
    assert {subject.id: subject for subject in said} == SUBJECTS


TITLES = st.text(
    st.characters(codec="gb18030", exclude_categories=["Cc", "Cs", "Zs", "Zl", "Zp"]), min_size=1, max_size=8
)
FORMULAS = st.sampled_from(["=1+1", "+A1", "-2", "@SUM", "＝1", "'=x", "''-y", 'a"b', "a,b", "a;b"])
SCORES = st.integers(0, 1000).map(lambda tenths: Fraction(tenths, 10))
DAYS = st.dates(date(2025, 1, 1), date(2025, 12, 31))
OF_KIND = {
    "number": st.integers(0, 100).map(lambda tenths: Fraction(tenths, 10)),
    "integer": st.integers(1, 20000),
    "boolean": st.booleans(),
    "date": DAYS,
    "text": TITLES.filter(lambda text: text.strip() == text) | FORMULAS,
}


def plain(kind: ValueType) -> st.SearchStrategy:
    if kind.kind == "choice":
        return st.sampled_from(kind.choices)
    return OF_KIND[kind.kind] | st.just(NEVER) if kind.never else OF_KIND[kind.kind]


@settings(deadline=None, max_examples=60)
@given(st.data(), st.sampled_from(["zh", "en"]), st.sampled_from(["utf-8-sig", "gb18030", "utf-16"]))
def test_what_a_clerk_fills_into_a_template_reads_back_as_meant(data, language, saved_as):
    titles = data.draw(st.lists(TITLES | FORMULAS, min_size=5, max_size=5, unique_by=str.casefold))
    subjects = [Subject(each.id, each.type, title) for each, title in zip(SUBJECTS.values(), titles, strict=True)]
    needs = Needs(NEEDS.facts, NEEDS.records, NEEDS.relations, NEEDS.schemes, subjects)
    tables = templates(needs, CATALOGUE, YEAR, language)
    meant: dict[tuple[str, ...], object] = {}
    for table in tables.values():
        _fill(data, table, {subject.id: subject for subject in subjects}, language, meant)
    with tempfile.TemporaryDirectory() as folder:
        for name, table in tables.items():
            (Path(folder) / f"{name}.csv").write_bytes(_as_saved(table).encode(saved_as))
        intake = read_folder([Path(folder)], CATALOGUE, {each.id: each for each in subjects}, SCHEMES)
    said: dict[tuple[str, ...], object] = {}
    for row in intake.rows:
        if isinstance(row, NewValue):
            said[row.subject, row.fact, row.at, row.item] = row.value
        elif isinstance(row, NewEdge):
            said[row.relation, row.subject] = row.to
        elif isinstance(row, NewRecord):
            said[row.subject, row.record, row.no] = row.fields
        elif isinstance(row, NewSubject):
            assert row.title == next(each.title for each in subjects if each.id == row.id)
    assert said == meant


def _fill(data, table, subjects, language, meant) -> None:
    header = table[0]
    if any(name in header for name in ("编号", "record_no")):
        _fill_record(data, table, language, meant)
    elif any(name in header for name in ("相关对象编号", "to")):
        for row in table[1:]:
            to = data.draw(st.sampled_from(["", "p1"] if subjects[row[1]].type == "estate" else ["", "c1", "v1"]))
            row[3] = to
            if to:
                meant["company" if subjects[row[1]].type == "estate" else "partner", row[1]] = to
    elif header[2] in ("周期", "period"):
        for row in table[1:]:
            for column, (fact, item) in enumerate(map(_fact, header)):
                if fact and CATALOGUE.fact(subjects[row[0]].type, fact.id) and data.draw(st.booleans()):
                    value = data.draw(plain(fact.type))
                    row[column] = value_words(value, fact.type, language)
                    meant[row[0], fact.id, row[2], item] = value


def _fill_record(data, table, language, meant) -> None:
    record = next(
        each
        for each in CATALOGUE.records.values()
        if table[0][2] in (next(iter(each.fields)), next(iter(each.field_titles.values())).zh)
    )
    subject = "v1" if record.of == "unit" else "e1"
    for number in range(data.draw(st.integers(0, 3))):
        fields = {name: data.draw(plain(kind)) for name, kind in record.fields.items()}
        words = [value_words(value, record.fields[name], language) for name, value in fields.items()]
        table.append([subject, str(number), *words])
        meant[subject, record.id, str(number)] = fields


def _fact(header: str):
    for fact in CATALOGUE.facts.values():
        for item, title in CATALOGUE.lists["aspects"].items.items() if fact.for_each == ("aspects",) else [("", None)]:
            names = (f"{fact.id}.{item}", f"{fact.title.zh}：{title.zh}") if title else (fact.id, fact.title.zh)
            if header in names:
                return fact, item
    return None, ""


def _as_saved(table) -> str:
    """As a spreadsheet saves what it opened: escapes kept, lines of one width."""
    lines = list(csv.reader(io.StringIO(table_text(table))))
    width = max(map(len, lines))
    stream = io.StringIO()
    csv.writer(stream).writerows([*line, *[""] * (width - len(line))] for line in lines)
    return stream.getvalue()
