"""The files about estates: scores, complaints, incidents, and what else the offices keep."""

from __future__ import annotations

from datetime import date, timedelta

from kaoping.demo.dice import Dice
from kaoping.demo.estates import ON_FILE, QUARTERS, Estate, estates, since_of
from kaoping.demo.tables import Cell, Table, tenths

_CHINESE = "一二三四"


def tables() -> list[Table]:
    """The files about estates."""
    known = estates()
    dice = Dice(20250102)
    return [
        _households(known),
        *(_scores(known, number, dice) for number in range(4)),
        _annual(known, dice),
        *(_complaint_register(known, number, dice) for number in range(4)),
        _incidents(known),
        _findings(known, dice),
        _honours(known),
        _exposures(known, dice),
    ]


def corrections() -> list[Table]:
    """What turns out to have been entered wrongly: a group score that was 4 too low, a complaint that was put right."""
    by_role = {estate.role: estate for estate in estates()}
    scored = by_role["84.50"]
    quarter = scored.quarters[2]
    complaints = next(t for t in tables() if t.name == "complaint-2025Q4")
    unsettled = next(row for row in complaints.rows if row[3] is True and row[4] is False)
    assert quarter is not None
    score = Table(
        "scores-2025Q3",
        ("subject", "period", "group_score", "source"),
        [[scored.id, "2025Q3", tenths(quarter.group + 40), "考核小组2025年第三季度评分表（更正）"]],
    )
    return [score, Table(complaints.name, complaints.columns, [[*unsettled[:4], True, "县住建局投诉回访记录"]])]


def _households(known: list[Estate]) -> Table:
    rows: list[list[Cell]] = []
    for estate in known:
        if estate.role == "moved":  # a second phase was handed over
            rows.append([estate.id, ON_FILE, estate.households - 180])
            rows.append([estate.id, date(2025, 7, 1), estate.households])
        else:
            rows.append([estate.id, since_of(estate), estate.households])
    return Table("households", ("subject", "period", "household_count"), rows)


def _scores(known: list[Estate], number: int, dice: Dice) -> Table:
    period, _, following = QUARTERS[number]
    rows: list[list[Cell]] = []
    for estate in known:
        if (seen := estate.quarters[number]) is None:
            continue
        late = dice.chance(6)
        received = following + timedelta(days=dice.between(10, 14) if late else dice.between(3, 9))
        scores = [tenths(score) for score in (seen.association, seen.group, seen.satisfaction)]
        source = f"考核小组2025年第{_CHINESE[number]}季度评分表"
        rows.append([estate.id, period, *scores, received, source, f"青住建考〔2025〕{number + 1}-{estate.id[1:]}号"])
    columns = ("association_score", "group_score", "satisfaction_score", "result_received_on", "source", "evidence")
    return Table(f"scores-{period}", ("subject", "period", *columns), rows)


def _annual(known: list[Estate], dice: Dice) -> Table:
    """Two estates the association reviewed once more for the year, and the places in the creation campaign."""
    ranks = {e.id: n for n, e in enumerate(dice.shuffled([e for e in known if e.role in "AB"])[:20], start=1)}
    safe = [e.id for e in known if e.role == "B" and all(q and 740 < q.association < 800 for q in e.quarters)][:2]
    rows: list[list[Cell]] = [
        [e.id, "2025", tenths(780) if e.id in safe else None, ranks.get(e.id), "协会年度考评、创文办考评通报"]
        for e in known
        if e.id in safe or e.id in ranks
    ]
    return Table("annual-2025", ("subject", "period", "annual_association_score", "creation_rank", "source"), rows)


def _complaint_register(known: list[Estate], number: int, dice: Dice) -> Table:
    period, first, following = QUARTERS[number]
    length = (following - first).days
    rows: list[list[Cell]] = []
    for estate in known:
        seen = estate.quarters[number]
        if seen is None:
            continue
        unfounded = 0 if seen.valid == 0 else dice.below(3)
        states = [(True, True)] * seen.rectified + [(True, False)] * (seen.valid - seen.rectified)
        states = dice.shuffled(states + [(False, False)] * unfounded)
        received = sorted(first + timedelta(days=dice.below(length)) for _ in states)
        for count, (day, (valid, rectified)) in enumerate(zip(received, states, strict=True), start=1):
            rows.append([estate.id, f"TS{period[2:]}-{count:02}", day, valid, rectified, "12345热线工单"])
    columns = ("subject", "record_no", "received_on", "valid", "rectified", "source")
    return Table(f"complaint-{period}", columns, rows)


def _incidents(known: list[Estate]) -> Table:
    by_role = {estate.role: estate.id for estate in known}
    plain_b = next(estate.id for estate in known if estate.role == "B")
    office, police = "县住建局调查认定书", "县应急管理局事故调查报告"
    columns = ("subject", "record_no", "kind", "occurred_on", "confirmed_on", "responsibility", "source", "evidence")
    rows: list[list[Cell]] = [
        [by_role["capped"], "SJ-1", "装修管理严重失控", date(2025, 8, 12), date(2025, 8, 29), "主要责任", office],
        [by_role["secondary"], "SJ-1", "重大安全事故", date(2025, 5, 18), date(2025, 7, 2), "次要责任", police],
        [by_role["accident"], "SJ-1", "重大安全事故", date(2025, 8, 3), date(2025, 9, 26), "主要责任", police],
        [by_role["dealing"], "SJ-1", "强买强卖", date(2025, 11, 6), date(2025, 11, 28), "主要责任", office],
        [
            by_role["pending"],
            "SJ-1",
            "影响创建活动",
            date(2025, 10, 20),
            date(2025, 10, 31),
            "待定",
            "县创建办书面意见",
        ],
        [plain_b, "SJ-1", "设施设备不能正常运转且有较大隐患", date(2025, 2, 14), date(2025, 3, 3), "主要责任", office],
        [plain_b, "SJ-2", "对物业行业有重大负面影响的事件", date(2025, 6, 9), date(2025, 6, 20), "无责任", office],
    ]
    names = {"重大安全事故": "物业管理原因造成的重大安全事故", "强买强卖": "装修、搬运、敲墙等强买强卖"}
    full = [
        [*row[:2], names.get(str(row[2]), row[2]), *row[3:], f"认字〔2025〕{number}号"]
        for number, row in enumerate(rows, start=1)
    ]
    return Table("incident-2025", columns, full)


_PROBLEMS = (
    "楼道堆放杂物，消防通道不畅",
    "地下车库应急照明不亮",
    "灭火器过期未更换",
    "绿化带枯死苗木未补种",
    "生活垃圾分类亭周边不洁",
    "电梯困人应急电话无人接听",
    "外墙瓷砖松动，未设警示",
    "监控探头损坏",
    "电动自行车在楼道内充电",
    "小广告未及时清理",
    "二次供水水箱未上锁",
    "道路井盖破损",
)


def _findings(known: list[Estate], dice: Dice) -> Table:
    rows: list[list[Cell]] = []
    for estate in known:
        wanted = {"D": 2, "C": 1, "dealing": 1}.get(estate.role, 1 if dice.chance(5) else 0)
        days = sorted(date(2025, 1, 6) + timedelta(days=7 * dice.below(50)) for _ in range(wanted))  # Mondays
        days = [day for day in days if day >= since_of(estate)]
        for count, day in enumerate(days, start=1):
            due = day + timedelta(days=dice.pick((7, 15, 15, 30)))
            rows.append([estate.id, f"JC-{count}", day, dice.pick(_PROBLEMS), due, "周一检查记录"])
    return Table("finding-2025", ("subject", "record_no", "found_on", "what", "due_on", "source"), rows)


def _honours(known: list[Estate]) -> Table:
    titles = (
        "省级示范小区",
        "省级宜居小区",
        "市级示范项目小区",
        "省级红色物业小区",
        "市级红色物业小区",
        "市级红色物业小区",
    )
    best = [estate.id for estate in known if estate.role == "A"][:: len(titles) // 2]
    rows: list[list[Cell]] = [
        [subject, "RY-1", date(2025, 4 + number, 15), title]
        for number, (subject, title) in enumerate(zip(best, titles, strict=False))
    ]
    return Table("honour_title-2025", ("subject", "record_no", "awarded_on", "honour"), rows)


def _exposures(known: list[Estate], dice: Dice) -> Table:
    good = [estate.id for estate in known if estate.role in ("A", "85.00")]
    bad = [estate.id for estate in known if estate.role in ("D", "C", "dealing")]
    shown = [(estate, "表扬") for estate in dice.shuffled(good)[:5]]
    shown += [(estate, "曝光问责") for estate in dice.shuffled(bad)[:7]]
    rows: list[list[Cell]] = [
        [estate, "BG-1", date(2025, 1 + number, 28), kind, dice.pick(("单位", "项目经理", "工作人员"))]
        for number, (estate, kind) in enumerate(dice.shuffled(shown))
    ]
    return Table("exposure-2025", ("subject", "record_no", "shown_on", "exposure_kind", "whom"), rows)
