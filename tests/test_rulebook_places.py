"""Rules for each item of two lists that have an item of one name: each reads its own list."""

from kaoping.cases import read_cases, run_case
from kaoping.evaluation.compile import compile_scheme
from kaoping.scheme.catalogue import base_catalogue, merge_catalogue
from kaoping.scheme.reader import read_scheme

SCHEME = """
scheme: two-lists
edition: "1"
title: {zh: 两张清单, en: Two lists}
source: {document: 测试, plan: "1"}
subject: estate
period: year
lists:
  rooms:
    safety: {zh: 值班室, en: Guard room}
    hall:   {zh: 大厅, en: Hall}
  talks:
    safety: {zh: 安全讲座, en: Talk on safety}
facts:
  room_ready: {type: boolean, for_each: rooms, title: {zh: 已就绪, en: Ready}}
  talk_held:  {type: boolean, for_each: talks, title: {zh: 已举办, en: Held}}
criteria:
  rooms_ready: {for_each: rooms, require: room_ready, source: 一, title: {zh: 场所, en: Rooms}}
  talks_held:  {for_each: talks, require: talk_held, source: 一, title: {zh: 讲座, en: Talks}}
grade:
  bands: {good: meets_all, poor: otherwise}
  titles: {good: {zh: 好, en: Good}, poor: {zh: 差, en: Poor}}
"""

CASES = """
scheme: two-lists
cases:
- case: one
  title: {zh: 一, en: one}
  period: "2025"
  subjects:
    e: {values: {room_ready: {safety: true, hall: true}, talk_held: {safety: false}}}
  expect:
    e: {grade: poor, criteria: {rooms_ready: {safety: met, hall: met}, talks_held: {safety: not_met}}}
"""


def test_every_engine_reads_items_of_one_name_in_their_own_list():
    from kaoping_durable import kaoping_engines

    scheme = read_scheme(SCHEME, "two-lists.yaml")
    plan = compile_scheme(scheme, merge_catalogue(base_catalogue(), [scheme]))
    engines = [engine for engine in kaoping_engines() if engine.unavailable() is None]
    (case,) = read_cases(CASES, "two-lists.cases.yaml")
    found = run_case(plan, case, engines)
    assert (found.differences, found.notes) == ((), ())
