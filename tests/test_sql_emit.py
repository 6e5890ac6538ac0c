"""Expressions however deep are read by SQLite's parser, which has room for a hundred symbols."""

import sqlite3
from contextlib import closing

import pytest

from kaoping_sql.emit import DEEPEST, SQLITE, Stages, column, select, table
from kaoping_sql.nodes import Node
from kaoping_sql.statement import Statement


def node(op, *args, kind="int"):
    return Node(op, args, kind, 0, 1, nullable=True)


B = node("col", "b")
LESS = node("compare", "<", B, B, kind="bool")
CHAINS = {
    "add": lambda inner: node("add", B, inner),
    "least": lambda inner: node("least", B, inner),
    "filled": lambda inner: node("filled", B, inner),
    "then": lambda inner: node("case", LESS, inner, B),
    "else": lambda inner: node("case", LESS, B, inner),
    "when": lambda inner: node("case", node("compare", "<", B, inner, kind="bool"), B, B),
    "blank": lambda inner: node("case", node("not", node("is_null", inner, kind="bool"), kind="bool"), B, B),
}


@pytest.mark.parametrize("chain", sorted(CHAINS))
def test_expression_deeper_than_the_parser_takes_is_cut_into_stages(chain):
    deep = B
    for _ in range(2 * DEEPEST):
        deep = CHAINS[chain](deep)
    stages = Stages(SQLITE, "t", "s")
    found = stages.run({"x": deep})
    statement = Statement(None, SQLITE, [*stages.ctes, ("found", found)])
    text = statement.sql(select([column("x")], table("found")))
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute("CREATE TABLE t (key INTEGER, b INTEGER)")
        connection.execute("INSERT INTO t VALUES (1, 1)")
        connection.execute(f"CREATE TABLE results AS {text}")
        assert connection.execute("SELECT count(*) FROM results").fetchone() == (1,)
