"""Tables as the import reads them: UTF-8 with a mark, so that Excel opens them, and Chinese headers."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

Cell = str | int | date | bool | None

TITLES = {
    "subject": "对象编号",
    "subject_title": "对象名称",
    "type": "对象类型",
    "title": "名称",
    "since": "登记自",
    "until": "登记止（不含）",
    "relation": "关系",
    "to": "相关对象编号",
    "record": "台账",
    "complete_through": "完整至",
    "stated_by": "报告人",
    "scheme": "方案",
    "period": "周期",
    "closed_by": "结束人",
    "calendar": "日历",
    "window": "时段",
    "first_day": "第一天",
    "last_day": "最后一天",
    "record_no": "编号",
    "source": "来源",
    "evidence": "佐证",
    "household_count": "户数",
    "association_score": "物业管理协会考评分",
    "group_score": "考核小组考核分",
    "satisfaction_score": "满意度测评分",
    "result_received_on": "季度结果报送日期",
    "annual_association_score": "协会年度考评分（单独作出时填）",
    "creation_rank": "创文考评名次",
    "received_on": "受理日期",
    "valid": "有效投诉",
    "rectified": "已整改",
    "kind": "情形",
    "occurred_on": "发生日期",
    "confirmed_on": "认定日期",
    "responsibility": "企业责任",
    "found_on": "发现日期",
    "what": "问题或隐患",
    "due_on": "整改期限",
    "awarded_on": "授予日期",
    "honour": "称号",
    "shown_on": "公开日期",
    "exposure_kind": "性质",
    "whom": "涉及",
    "aspect_score": "方面得分",
    "self_nominated_on": "社区自荐日期",
    "township_review_passed_on": "乡镇审查通过日期",
    "county_accepted_on": "县级检查验收日期",
    "street_review_passed_on": "街道审查通过日期",
    "district_accepted_on": "城区创建办公室检查验收日期",
    "work_plan_exists": "已制定工作计划和目标",
    "for_month": "所报月份（填当月任一天）",
    "report_received_on": "收到日期",
    "new_drug_users": "新滋生吸毒人员数",
    "first_assessment": "首次考核",
    "self_assessed_on": "自评日期",
    "town_assessed_on": "镇政府考核日期",
    "help_association": "有禁毒帮教协会",
    "informants": "有治安及毒情信息员",
    "work_rules": "有工作方案和制度",
    "transient_registration": "流动暂住人员已登记",
    "leading_group": "镇有禁毒领导机构",
    "stopped_on": "戒断起始日",
    "happened_on": "发生日期",
    "case_kind": "类别",
    "handled_in_time": "及时发现、处理和打击",
    "relapsed_on": "复吸日期",
    "entered_on": "开始日期",
    "released_on": "解除日期",
    "street_new_drug_users": "新增吸毒人员数",
    "released_users": "出所人员数",
    "released_users_assisted": "落实帮教人数",
    "consolidation_rate": "戒毒巩固率",
    "relapse_rate": "复吸率",
    "prevention_population": "预防教育对象人数",
    "prevention_reached": "预防教育覆盖人数",
    "group_population": "人群人数",
    "group_reached": "人群宣传到人数",
    "organisation_sound": "组织健全、责任落实、保障到位",
    "june_26_campaign": "开展国际禁毒日宣传",
    "urine_test_in_appraisal": "尿检帮教列入干部年终考核",
    "creating_plan": "已开展无毒社区创建",
    "leaflet": "发放禁毒宣传单",
    "lesson": "上禁毒知识课",
    "film": "看禁毒宣传片",
    "reported_on": "上报日期",
}
"""Column to its header; some ids carry a prefix where two tables call different columns alike."""


@dataclass(frozen=True)
class Table:
    """A file without its ``.csv``; a column ``fact.标题`` is a fact's value for the list item of that title.

    With `headed` the columns are headers already.
    """

    name: str
    columns: tuple[str, ...]
    rows: Sequence[Sequence[Cell]]
    headed: bool = False

    def text(self) -> str:
        """The file's text, lines ended as Excel ends them."""
        stream = io.StringIO()
        writer = csv.writer(stream, lineterminator="\r\n")
        writer.writerow(column if self.headed else _header(column, self.name) for column in self.columns)
        writer.writerows([_cell(cell) for cell in row] for row in self.rows)
        return stream.getvalue()


def tenths(number: int) -> str:
    """A number of tenths as a decimal."""
    return f"{number // 10}.{number % 10}"


def titled(subject_type: str, prefix: str, titles: Iterable[str], since: date) -> list[list[Cell]]:
    """Rows of subjects.csv: ids are the prefix and a running number."""
    return [[f"{prefix}{number:03}", subject_type, title, since, None] for number, title in enumerate(titles, start=1)]


def _header(column: str, file: str) -> str:
    if file in ("relations", "关系") and column in ("since", "until"):
        return {"since": "自", "until": "止（不含）"}[column]
    fact, _, item = column.partition(".")
    return f"{TITLES[fact]}：{item}" if item else TITLES[column]


def _cell(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "是" if cell else "否"
    return cell.isoformat() if isinstance(cell, date) else str(cell)
