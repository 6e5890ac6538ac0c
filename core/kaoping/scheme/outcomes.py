"""Reading what comes of it: grades, roll-ups, places among all, accounts, events, consequences."""

from __future__ import annotations

from kaoping.errors import Place
from kaoping.scheme.document import Items, Scalar, Table
from kaoping.scheme.model import (
    Account,
    BandRule,
    CohortRule,
    ConsequenceRule,
    EventType,
    Expr,
    GradeRules,
    RollUp,
    VetoRule,
)
from kaoping.scheme.rules import RuleReading


class OutcomeReading(RuleReading):
    """Reads grades and what follows from them."""

    def grade(self, top: Table) -> GradeRules | None:
        """Bands and vetoes."""
        table = top.get("grade")
        if not isinstance(table, Table):
            return None
        taken = self.expression(table.get("is"))
        bands, by_veto, entries = self.bands(table)
        if (table.get("is") is None) == (table.get("bands") is None):
            self.fail("grade-form", table.place)
        titles = self.titles(table, "titles")
        written = self.texts(table.get("values"))
        entries = entries or tuple(written or titles)
        merit = written or entries
        for grade in merit:
            if grade not in titles:
                self.fail("grade-without-title", table.place, grade=grade)
        vetoes = []
        listed = table.get("vetoes")
        for item in listed.items if isinstance(listed, Items) else ():
            if isinstance(item, Table):
                vetoes.append(self.veto(item, merit))
        unsaid = set(merit) - set(entries)
        if set(entries) - set(merit) or unsaid - {veto.becomes for veto in vetoes}:
            self.fail("merit-differs", table.place, values=", ".join(merit), bands=", ".join(entries))
        score = table.get("score")
        return GradeRules(
            bands=tuple(bands),
            merit=merit,
            titles=titles,
            place=table.place,
            score=score.text if isinstance(score, Scalar) else "",
            score_place=score.place if score else None,
            vetoes=tuple(vetoes),
            hit=self.text(table, "hit", "first"),
            by_veto=tuple(grade for grade in merit if grade in by_veto or grade in unsaid),
            taken=taken,
        )

    def bands(self, table: Table) -> tuple[list[BandRule], tuple[str, ...], tuple[str, ...]]:
        """The bands, the grades that only a veto gives, and all of them as written."""
        node = table.get("bands")
        entries = node.entries if isinstance(node, Table) else {}
        words = {grade: when.text for grade, when in entries.items() if isinstance(when, Scalar)}
        by_veto = tuple(grade for grade, text in words.items() if text == "by_veto")
        given = [grade for grade in entries if grade not in by_veto]
        bands = []
        for grade in given:
            otherwise = words.get(grade) == "otherwise"
            if otherwise and grade != given[-1]:
                self.fail("otherwise-not-last", entries[grade].place, grade=grade)
            when = None if otherwise else self.expression(entries[grade])
            if otherwise or when:
                bands.append(BandRule(grade, when, entries[grade].place))
        return bands, by_veto, tuple(entries)

    def veto(self, table: Table, merit: tuple[str, ...]) -> VetoRule:
        """A cap or a forced grade."""
        at_most, becomes = self.text(table, "at_most"), self.text(table, "becomes")
        if bool(at_most) == bool(becomes):
            self.fail("veto-form", table.place, name=self.text(table, "id"))
        for grade in (at_most, becomes):
            if grade and grade not in merit:
                self.fail("unknown-grade", table.place, grade=grade, known=", ".join(merit))
        return VetoRule(
            self.text(table, "id"),
            self.needed(table, "when"),
            self.title(table.get("title")),
            self.clause(table),
            table.place,
            at_most,
            becomes,
        )

    def roll_up(self, parent: str, table: Table) -> RollUp:
        """What members' results give for a parent."""
        return RollUp(
            parent=parent,
            over=self.text(table, "over"),
            place=table.place,
            measures=self.measures(table),
            criteria={name: self.criterion(name, t) for name, t in self.tables(table, "criteria").items()},
            grade=self.grade(table),
            consequences={name: self.consequence(name, t) for name, t in self.tables(table, "consequences").items()},
        )

    def cohort(self, name: str, table: Table) -> CohortRule:
        """A rule over all subjects together."""
        by: list[tuple[Expr | None, bool]] = [(self.needed(table, "by"), False)]
        node = table.get("then")
        for item in node.items if isinstance(node, Items) else ():
            text = item.text if isinstance(item, Scalar) else ""
            if text == "draw":
                by.append((None, False))
                continue
            low = text.startswith("low ")
            place = Place(item.place.file, item.place.line, (item.place.column or 0) + (4 if low else 0))
            if key := self.expression(Scalar(text.removeprefix("low ") if low else text, place)):
                by.append((key, low))
        sizes = [key for key in ("top", "bottom", "tiers") if table.get(key) is not None]
        if len(sizes) != 1:
            self.fail("cohort-form", table.place, name=name)
        tiers = [(tier, self.expression(count)) for tier, count in self.table(table, "tiers").items()]
        return CohortRule(
            id=name,
            title=self.title(table.get("title")),
            clause=self.clause(table),
            place=table.place,
            by=tuple(by),
            for_each=self.text(table, "for_each"),
            needs=self.expression(table.get("needs")),
            top=self.expression(table.get("top")),
            bottom=self.expression(table.get("bottom")),
            tiers=tuple((tier, count) for tier, count in tiers if count),
            ties=self.text(table, "ties", "strict"),
            exclude=self.expression(table.get("exclude")),
            backfill=self.text(table, "backfill") == "true",
            incomplete=self.text(table, "incomplete", "wait"),
            among=self.text(table, "among"),
        )

    def account(self, name: str, table: Table) -> Account:
        """An account of points."""
        return Account(name, self.text(table, "of"), self.title(table.get("title")), self.text(table, "unit"))

    def event(self, name: str, table: Table) -> EventType:
        """A kind of later event."""
        return EventType(
            name, self.text(table, "of"), self.title(table.get("title")), tuple(self.table(table, "fields"))
        )

    def consequence(self, name: str, table: Table) -> ConsequenceRule:
        """A consequence."""
        ends = table.get("ends_on")
        ends_on = None
        if isinstance(ends, Table):
            where = {key: node.text for key, node in self.table(ends, "where").items() if isinstance(node, Scalar)}
            ends_on = (self.text(ends, "event"), where)
        points = [(account, self.expression(node)) for account, node in self.table(table, "points").items()]
        ladder = table.get("ladder")
        return ConsequenceRule(
            id=name,
            to=self.texts(table.get("to")),
            kind=self.text(table, "kind"),
            title=self.title(table.get("title")),
            clause=self.clause(table),
            place=table.place,
            when=self.expression(table.get("when")),
            for_each=self.text(table, "for_each"),
            points=tuple((account, amount) for account, amount in points if amount),
            blocks=self.text(table, "blocks"),
            bars=self.text(table, "bars"),
            document=self.text(table, "document"),
            amount=self.text(table, "amount"),
            starts=self.text(table, "from", "publication"),
            lasts=self.text(table, "lasts"),
            until=self.text(table, "until"),
            within=self.text(table, "within"),
            closed_by=self.text(table, "closed_by"),
            on_overdue=self.text(table, "on_overdue", "block_stays"),
            ends_on=ends_on,
            stacks=self.text(table, "stacks", "per subject"),
            discretion=self.text(table, "discretion") == "true",
            as_of=self.text(table, "as_of"),
            ladder=tuple(self.title(step) for step in ladder.items) if isinstance(ladder, Items) else (),
        )
