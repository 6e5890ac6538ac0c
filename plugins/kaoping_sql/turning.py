"""What became of everybody from one set of rules to another, counted with GROUP BY.

What the statements do not find of consequences (those of single records, and some that hang on places) is asked of the
reference engine, some subjects at a time, where it can be otherwise under the other rules.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence

from kaoping.evaluation.plan import TypedConsequence
from kaoping.evaluation.weighing import Moves, Turned, alike
from kaoping_sql.belonging import Belonging
from kaoping_sql.prizes import AT_ONCE
from kaoping_sql.sides import BITS, Side


class Turning:
    """Two sides joined by key, in the table ``turned``: before, after, what is gained and lost."""

    def __init__(self, connection: sqlite3.Connection, belonging: Belonging, one: Side, other: Side) -> None:
        self.connection = connection
        self.belonging = belonging
        self.one = one
        self.other = other
        self.order = [*dict.fromkeys([*one.rules, *other.rules])]

    def moves(self, most: int) -> Moves:
        """How everybody moved; so many are named."""
        self._touch()
        asked = self._ask()
        keys = self._keys(asked)
        self._turn(keys)
        return self._moves(keys, most)

    def _ask(self) -> frozenset[str]:
        """Ask the reference engine what the statements do not say, in the table ``extra``; gives of which consequences.

        Those that hang on the same things under both rules are asked of whoever is assessed by one of them alone.
        """
        one, other, execute = self.one, self.other, self.connection.execute
        execute("DROP TABLE IF EXISTS extra")
        execute(
            "CREATE TEMP TABLE extra (key INTEGER, rule TEXT, gained INTEGER, lost INTEGER, "
            "PRIMARY KEY (key, rule)) WITHOUT ROWID"
        )
        execute("DROP TABLE IF EXISTS to_ask")
        execute("CREATE TEMP TABLE to_ask (key INTEGER PRIMARY KEY)")
        rules = {
            name
            for name in {*one.rules, *other.rules}
            if name in one.asked or name in other.asked or not _same_whom(one.rules.get(name), other.rules.get(name))
        }
        flipped = (
            f"SELECT key FROM {one.table} AS a JOIN {other.table} AS b USING (key) "
            f"WHERE {one.unassessed.format('a')} <> {other.unassessed.format('b')}"
        )
        for name in sorted(rules):
            this, that = one.rules.get(name), other.rules.get(name)
            told = (typed for typed in (this, that) if typed is not None)
            having = [self._having(typed) for typed in told]
            whom = " UNION ".join(having)
            if this is not None and that is not None and alike(one.plan, this, other.plan, that):
                whom = f"SELECT * FROM ({whom}) WHERE key IN ({flipped})"
            execute(f"INSERT OR IGNORE INTO to_ask {whom}")
        execute("INSERT OR IGNORE INTO to_ask SELECT key FROM near_bars")
        self._ask_reference(rules)
        execute("DELETE FROM to_ask")
        execute("INSERT INTO to_ask SELECT key FROM near_bars")
        self._ask_reference(self._incentives() - rules)
        return frozenset(rules)

    def _touch(self) -> None:
        """Note whose incentives hang on who is barred: they are asked of the reference engine."""
        execute = self.connection.execute
        execute("DROP TABLE IF EXISTS near_bars")
        execute("CREATE TEMP TABLE near_bars (key INTEGER PRIMARY KEY)")
        keys = self.one.touched() | self.other.touched()
        self.connection.executemany("INSERT INTO near_bars VALUES (?)", ((key,) for key in sorted(keys)))

    def _incentives(self) -> set[str]:
        """The consequences that nobody who is barred has."""
        both = [*self.one.rules.values(), *self.other.rules.values()]
        return {one.rule.id for one in both if one.rule.kind == "incentive"}

    def _having(self, typed: TypedConsequence) -> str:
        """The query of those of whom a consequence may be due."""
        if typed.each is not None and typed.each.kind == "record":
            return self.belonging.having(typed.each.name)
        return "SELECT key FROM who WHERE key >= 0"

    def _ask_reference(self, rules: Iterable[str]) -> None:
        one, other = self.one, self.other
        query = (
            f"SELECT w.key, w.id, {one.unassessed.format('a')}, {other.unassessed.format('b')} FROM to_ask AS t "
            f"JOIN who AS w USING (key) JOIN {one.table} AS a USING (key) JOIN {other.table} AS b USING (key) "
            "WHERE w.key > ? ORDER BY w.key LIMIT ?"
        )
        last, wanted = -1, sorted(rules)
        while some := self.connection.execute(query, (last, AT_ONCE)).fetchall():
            last = some[-1][0]
            ids = [row[1] for row in some]
            due = [side.due(ids, [row[place] for row in some], wanted) for side, place in ((one, 2), (other, 3))]
            for (key, *_), old, new in zip(some, *due, strict=True):
                for name in wanted:
                    had, has = old.get(name, set()), new.get(name, set())
                    if had != has:
                        row = (key, name, len(has - had), len(had - has))
                        self.connection.execute("INSERT INTO extra VALUES (?, ?, ?, ?)", row)

    def _keys(self, asked: frozenset[str]) -> list[tuple[str, str]]:
        """The consequences whose conditions are compared, in the order of the schemes."""
        one, other = self.one, self.other
        found = dict.fromkeys([*one.held, *other.held])
        return sorted((key for key in found if key[0] not in asked), key=lambda key: self.order.index(key[0]))

    def _turn(self, keys: Sequence[tuple[str, str]]) -> None:
        one, other = self.one, self.other
        execute = self.connection.execute
        execute("DROP TABLE IF EXISTS turned")
        columns = []
        incentives = self._incentives()
        for first in range(0, len(keys), BITS):
            gained, lost = [], []
            for place, key in enumerate(keys[first : first + BITS]):
                had, has = one.is_due(key, "a"), other.is_due(key, "b")
                if key[0] in incentives:
                    had, has = (f"({due}) AND a.key NOT IN (SELECT key FROM near_bars)" for due in (had, has))
                gained.append(f"((({has}) AND NOT ({had})) << {place})")
                lost.append(f"((({had}) AND NOT ({has})) << {place})")
            columns += [f"{' | '.join(gained)} AS gained{first // BITS}", f"{' | '.join(lost)} AS lost{first // BITS}"]
        inner = (
            f"SELECT a.key AS key, {one.standing.format('a')} AS was, {other.standing.format('b')} AS now"
            f"{''.join(', ' + column for column in columns)} FROM {one.table} AS a JOIN {other.table} AS b USING (key)"
        )
        sums = []
        for word in ("gained", "lost"):
            parts = [
                f"CASE {word}{n} WHEN 0 THEN 0 ELSE {_bits(f'{word}{n}', len(keys[n * BITS : (n + 1) * BITS]))} END"
                for n in range(len(columns) // 2)
            ]
            parts.append(f"coalesce((SELECT sum(e.{word}) FROM extra AS e WHERE e.key = t.key), 0)")
            sums.append(f"{' + '.join(parts)} AS {word}")
        execute(f"CREATE TEMP TABLE turned AS SELECT t.*, {', '.join(sums)} FROM ({inner}) AS t")
        execute("CREATE UNIQUE INDEX temp.turned_key ON turned (key)")

    def _moves(self, keys: Sequence[tuple[str, str]], most: int) -> Moves:
        execute = self.connection.execute
        grades = {
            (was, now): (many, gained, lost)
            for was, now, many, gained, lost in execute(
                "SELECT was, now, count(*), sum(gained), sum(lost) FROM turned GROUP BY was, now ORDER BY was, now"
            )
        }
        counted: dict[str, tuple[int, int]] = {}
        sums = [f"total({word}{n // BITS} >> {n % BITS} & 1)" for n in range(len(keys)) for word in ("gained", "lost")]
        told = list(execute(f"SELECT {', '.join(sums)} FROM turned").fetchone()) if sums else []
        told = [(key[0], int(told[2 * n]), int(told[2 * n + 1])) for n, key in enumerate(keys)]
        told += execute("SELECT rule, sum(gained), sum(lost) FROM extra GROUP BY rule").fetchall()
        for name, gained, lost in told:
            before = counted.get(name, (0, 0))
            counted[name] = before[0] + gained, before[1] + lost
        listed = {name: counted[name] for name in self.order if any(counted.get(name, (0, 0)))}
        moved = "was <> now OR gained OR lost"
        (many,) = execute(f"SELECT count(*) FROM turned WHERE {moved}").fetchone()
        return Moves(grades, listed, tuple(self._turned(keys, moved, most)), many)

    def _turned(self, keys: Sequence[tuple[str, str]], moved: str, most: int) -> Iterator[Turned]:
        """Some of those who moved, those whose grade is another first."""
        masks = [f"{word}{n}" for word in ("gained", "lost") for n in range((len(keys) + BITS - 1) // BITS)]
        rows = self.connection.execute(
            f"SELECT {', '.join(['key', 'id', 'was', 'now', *masks])} FROM turned JOIN who USING (key) "
            f"WHERE {moved} ORDER BY was = now, id LIMIT ?",
            (most,),
        ).fetchall()
        scores = [side.scores([row[0] for row in rows]) for side in (self.one, self.other)]
        for key, subject, was, now, *bits in rows:
            half = len(bits) // 2
            extra = self.connection.execute("SELECT rule, gained, lost FROM extra WHERE key = ?", (key,)).fetchall()
            names = []
            for place, masks_of in ((1, bits[:half]), (2, bits[half:])):
                found = [name for n, (name, _) in enumerate(keys) if masks_of[n // BITS] >> n % BITS & 1]
                found += [row[0] for row in extra for _ in range(row[place])]
                names.append(tuple(sorted(found, key=self.order.index)))
            yield Turned(subject, was, now, scores[0].get(key, ""), scores[1].get(key, ""), *names)


def _same_whom(one: TypedConsequence | None, other: TypedConsequence | None) -> bool:
    """Does a consequence reach the same under both rules? One that is in one of them alone reaches whom it reaches."""
    if one is None or other is None:
        return True
    return (one.rule.to, one.rule.as_of, one.rule.kind) == (other.rule.to, other.rule.as_of, other.rule.kind)


def _bits(mask: str, many: int) -> str:
    """How many bits of a mask are set."""
    return "(" + " + ".join(f"({mask} >> {place} & 1)" for place in range(many)) + ")"
