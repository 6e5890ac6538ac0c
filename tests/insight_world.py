"""A small scheme of every kind of rule, and evaluations of it from facts written as in a worked case."""

from kaoping.cases import case_evaluation, read_cases
from kaoping.evaluation.compile import compile_scheme
from kaoping.scheme.catalogue import base_catalogue, merge_catalogue
from kaoping.scheme.prose import Words
from kaoping.scheme.reader import read_scheme

YARDS = """\
scheme: yards
edition: "1"
title: {zh: 院落, en: Yards}
source: {document: 院落办法}
subject: yard
period: year
lists:
  corners: {gate: {zh: 大门, en: Gate}, bins: {zh: 垃圾点, en: Bins}, lawn: {zh: 草坪, en: Lawn}}
facts:
  score: {type: number, min: 0, max: 100, unit: 分, for_each: quarters, better: higher, title: {zh: 得分, en: Score}}
  clean: {type: boolean, for_each: corners, title: {zh: 整洁, en: Is clean}}
  plan: {type: boolean, title: {zh: 有计划, en: Has a plan}}
  applied_on: {type: date or never, title: {zh: 申报日期, en: Applied on}}
records:
  fire:
    title: {zh: 火灾, en: Fires}
    fields: {on: date, grave: {type: boolean, title: {zh: 有伤亡, en: Somebody was hurt}}}
    placed_by: on
    complete: assumed
parameters:
  floor_good: {value: 85, unit: 分, source: 一, title: {zh: 优良最低分, en: Lowest good score}}
  floor_fair: {value: 60, unit: 分, source: 一, title: {zh: 合格最低分, en: Lowest fair score}}
  prize_places: {value: 1, source: 四, title: {zh: 奖项数, en: Prizes}}
measures:
  annual:
    {value: "mean(quarters, score, where=known(score), if_none=unknown)", round: 2, unit: 分,
     title: {zh: 年度得分, en: Score of the year}}
  clean_corners: {value: "count(corners, clean)", title: {zh: 整洁部位数, en: Clean parts}}
gates:
  applied: {needs: applied_on <= period_end, otherwise: not_assessed, source: 二, title: {zh: 已申报, en: Has applied}}
criteria:
  planned: {require: plan, source: 三, title: {zh: 计划, en: Plan}}
  tidy: {require: clean_corners >= 2, source: 三, title: {zh: 部位整洁, en: Parts are clean}}
grade:
  score: annual
  bands: {good: meets_all and annual >= floor_good, fair: annual >= floor_fair or plan, poor: otherwise}
  titles: {good: {zh: 优良, en: Good}, fair: {zh: 合格, en: Fair}, poor: {zh: 较差, en: Poor}}
  vetoes:
    - {id: fires, when: "any(fire, grave)", at_most: fair, source: 五, title: {zh: 伤亡火灾, en: A grave fire}}
cohort:
  best:
    {by: annual, needs: known(annual), top: prize_places, ties: include, source: 四, title: {zh: 最佳, en: Best yard}}
consequences:
  plaque: {when: grade == 'good', to: subject, kind: incentive, source: 六, title: {zh: 挂牌, en: A plaque}}
  prize: {when: best, to: subject, kind: incentive, source: 四, title: {zh: 奖金, en: A prize}}
"""


def plan_of(text=YARDS):
    scheme = read_scheme(text, "small.yaml")
    return compile_scheme(scheme, merge_catalogue(base_catalogue(), [scheme]))


def evaluation_of(subjects, plan=None, closed=True):
    """An evaluation of subjects written as in a worked case (without ``subjects:``), entry closed or not."""
    plan = plan or plan_of()
    inner = "\n".join(f"      {line}" for line in subjects.strip().splitlines())
    period = '"2025"' if plan.scheme.period == "year" else '"2025Q1"'
    closing = "true" if closed else "false"
    text = f"scheme: it\ncases:\n  - case: it\n    period: {period}\n    closed: {closing}\n    subjects:\n{inner}\n"
    return case_evaluation(plan, read_cases(text, "it.cases.yaml")[0])


def words_of(evaluation, language="en"):
    plan = evaluation.plan
    return Words(plan.scheme, plan.catalogue, language, evaluation.frame.period.end)
