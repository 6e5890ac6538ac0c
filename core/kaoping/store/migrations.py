"""The shape of the database, one function a change; a function is never edited once a database may have it.

Everything is appended, nothing is changed or deleted: a correction is a row of a later batch, an undoing names the
batch it undoes. Triggers hold it, on every connection. All tables are STRICT.

What is known is kept under whole numbers for subjects (`subject`) and for facts, record types, relations and calendars
(`name`), because values are many; and in the order in which an evaluation reads it (by fact, then subject), which
spares an index.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from kaoping.store.blocks import PACKINGS, append_blocks

if TYPE_CHECKING:  # importing sqlite-utils takes longer than most commands, and only a migration needs it
    from sqlite_utils import Database

    from kaoping.evaluation.keeping import Tell

APPLICATION_ID = 0x6B616F70  # "kaop"

Migration = Callable[["Database"], None]
TOLD = 20_000
"""Rows after which it is told how many are done."""

_M001_TABLES = {
    # Acts. A batch is one act of one person that made facts known; all it made known shares its moment.
    "batch": """
        id INTEGER PRIMARY KEY,
        known_at TEXT NOT NULL UNIQUE CHECK (known_at GLOB '????-??-??T??:??:??.??????Z'),
        actor TEXT NOT NULL CHECK (actor <> ''),
        command TEXT NOT NULL,
        source TEXT NOT NULL,                   -- the file, folder or form it came from
        sha256 TEXT NOT NULL,                   -- of that file
        reason TEXT NOT NULL,                   -- of a correction or an undoing
        note TEXT NOT NULL,
        written TEXT NOT NULL                   -- JSON: how many rows in which table
    """,
    "void": """
        batch INTEGER PRIMARY KEY REFERENCES batch,
        voided_by INTEGER NOT NULL REFERENCES batch
    """,
    # Names under which the rows below are kept.
    "subject": "key INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE",
    "name": "key INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE",
    # What is known. The latest batch that is not void speaks for the key before it.
    "registration": """
        subject INTEGER NOT NULL REFERENCES subject,
        batch INTEGER NOT NULL REFERENCES batch,
        type TEXT NOT NULL, title TEXT NOT NULL, since TEXT, until TEXT,
        source TEXT, evidence TEXT,
        PRIMARY KEY (subject, batch)
    """,
    "edge": """
        relation INTEGER NOT NULL REFERENCES name,
        subject INTEGER NOT NULL REFERENCES subject,
        target INTEGER NOT NULL REFERENCES subject,
        since TEXT NOT NULL,                    -- '' is no limit
        batch INTEGER NOT NULL REFERENCES batch,
        until TEXT,
        withdrawn INTEGER NOT NULL,             -- 1: another beginning was meant
        source TEXT, evidence TEXT,
        PRIMARY KEY (relation, subject, target, since, batch)
    """,
    "value": """
        fact INTEGER NOT NULL REFERENCES name,
        subject INTEGER NOT NULL REFERENCES subject,
        at TEXT NOT NULL,
        item TEXT NOT NULL,
        batch INTEGER NOT NULL REFERENCES batch,
        value TEXT NOT NULL,
        source TEXT, evidence TEXT,
        PRIMARY KEY (fact, subject, at, item, batch)
    """,
    "record": """
        record INTEGER NOT NULL REFERENCES name,
        subject INTEGER NOT NULL REFERENCES subject,
        no TEXT NOT NULL,
        batch INTEGER NOT NULL REFERENCES batch,
        fields TEXT NOT NULL,                   -- JSON: field to text
        source TEXT, evidence TEXT,
        PRIMARY KEY (record, subject, no, batch)
    """,
    "register": """
        record INTEGER NOT NULL REFERENCES name,
        subject INTEGER NOT NULL REFERENCES subject,
        complete_through TEXT NOT NULL,
        stated_by TEXT NOT NULL,
        batch INTEGER NOT NULL REFERENCES batch,
        source TEXT, evidence TEXT,
        PRIMARY KEY (record, subject, complete_through, stated_by, batch)
    """,
    "closing": """
        scheme TEXT NOT NULL,
        period TEXT NOT NULL,
        batch INTEGER NOT NULL REFERENCES batch,
        closed_by TEXT NOT NULL,
        source TEXT, evidence TEXT,
        PRIMARY KEY (scheme, period, batch)
    """,
    "event": """
        id INTEGER PRIMARY KEY,
        batch INTEGER NOT NULL REFERENCES batch,
        kind TEXT NOT NULL,
        subject TEXT NOT NULL,                  -- '' is the scheme's own
        day TEXT NOT NULL,
        fields TEXT NOT NULL                    -- JSON
    """,
    # What was found. The texts are kept so that an evaluation can be run again when their plugin is gone.
    "scheme_text": """
        digest TEXT PRIMARY KEY,
        scheme TEXT NOT NULL, edition TEXT NOT NULL, file TEXT NOT NULL,
        text TEXT NOT NULL,
        at TEXT NOT NULL
    """,
    "catalogue_text": "digest TEXT PRIMARY KEY, text TEXT NOT NULL, at TEXT NOT NULL",
    "evaluation": """
        id INTEGER PRIMARY KEY,
        scheme TEXT NOT NULL, edition TEXT NOT NULL,
        scheme_digest TEXT NOT NULL REFERENCES scheme_text,
        catalogue_digest TEXT NOT NULL REFERENCES catalogue_text,
        period TEXT NOT NULL,
        known_at TEXT NOT NULL,                 -- the facts known at this moment were judged
        today TEXT NOT NULL,
        closed TEXT NOT NULL,                   -- JSON and so are the next five
        parameters TEXT NOT NULL,
        engines TEXT NOT NULL,
        opinions TEXT NOT NULL,
        notes TEXT NOT NULL,
        versions TEXT NOT NULL,
        result_digest TEXT NOT NULL,
        actor TEXT NOT NULL CHECK (actor <> ''),
        at TEXT NOT NULL UNIQUE
    """,
    "subject_result": """
        id INTEGER PRIMARY KEY,
        evaluation INTEGER NOT NULL REFERENCES evaluation,
        section TEXT NOT NULL CHECK (section IN ('subject', 'rolled_up')),
        ordinal INTEGER NOT NULL,
        subject TEXT NOT NULL,
        status TEXT NOT NULL,
        score TEXT, raw_grade TEXT, grade TEXT,
        possible_grades TEXT NOT NULL,          -- JSON
        data TEXT NOT NULL,                     -- JSON: the whole result of the subject
        UNIQUE (evaluation, section, ordinal)
    """,
    "publication": """
        id INTEGER PRIMARY KEY,
        evaluation INTEGER NOT NULL UNIQUE REFERENCES evaluation,
        supersedes INTEGER UNIQUE REFERENCES publication,
        day TEXT NOT NULL,
        actor TEXT NOT NULL CHECK (actor <> ''),
        at TEXT NOT NULL UNIQUE
    """,
    "entry": """
        id INTEGER PRIMARY KEY,
        publication INTEGER NOT NULL REFERENCES publication,
        addressee TEXT NOT NULL,
        consequence TEXT NOT NULL               -- JSON
    """,
}
_M001_ROWIDLESS = frozenset({"registration", "edge", "value", "record", "register", "closing", "catalogue_text"})
_M001_INDEXES = (
    "CREATE INDEX evaluation_by_period ON evaluation (scheme, period)",
    "CREATE INDEX subject_result_by_subject ON subject_result (subject, evaluation)",
    "CREATE INDEX entry_by_publication ON entry (publication)",
    "CREATE INDEX event_by_day ON event (kind, subject, day)",
)


def m001_facts_and_results(db: Database) -> None:
    """Batches and what they made known; evaluations, publications, the ledger."""
    for table, columns in _M001_TABLES.items():
        _append_only(db, table, columns, rowid=table not in _M001_ROWIDLESS)
    for index in _M001_INDEXES:
        db.conn.execute(index)


_M002_TABLES = {
    "tailoring_text": """
        digest TEXT PRIMARY KEY,
        tailoring TEXT NOT NULL, scheme TEXT NOT NULL, edition TEXT NOT NULL, file TEXT NOT NULL,
        text TEXT NOT NULL,
        at TEXT NOT NULL
    """,
}


def m002_tailorings(db: Database) -> None:
    """The tailoring an evaluation was made with, its text kept."""
    for table, columns in _M002_TABLES.items():
        _append_only(db, table, columns)
    db.conn.execute("ALTER TABLE evaluation ADD COLUMN tailoring_digest TEXT REFERENCES tailoring_text")


_M003_TABLES = {
    "touched": """
        batch INTEGER NOT NULL REFERENCES batch,
        subject INTEGER NOT NULL REFERENCES subject,
        PRIMARY KEY (batch, subject)
    """,
}


def m003_touched(db: Database) -> None:
    """Of whom each batch speaks, so that what is new since another batch is found without reading all that is known."""
    for table, columns in _M003_TABLES.items():
        _append_only(db, table, columns, rowid=False)
    told = [(table, "subject") for table in ("registration", "edge", "value", "record", "register")]
    spoken = [f"SELECT batch, {column} AS subject FROM {table}" for table, column in (*told, ("edge", "target"))]
    db.conn.execute(f"INSERT INTO touched {' UNION '.join(spoken)}")


_M004_TABLES = {
    "calendar": """
        calendar INTEGER NOT NULL REFERENCES name,
        name TEXT NOT NULL,
        batch INTEGER NOT NULL REFERENCES batch,
        first_day TEXT NOT NULL, last_day TEXT NOT NULL,
        source TEXT, evidence TEXT,
        PRIMARY KEY (calendar, name, batch)
    """,
}


def m004_calendars(db: Database) -> None:
    """The windows that an office enters of calendars: terms, teaching weeks, holidays."""
    for table, columns in _M004_TABLES.items():
        _append_only(db, table, columns, rowid=False)


_M005_TABLES = {
    "value_block": """
        fact INTEGER NOT NULL REFERENCES name,
        block INTEGER NOT NULL,
        at TEXT NOT NULL,
        item TEXT NOT NULL,
        batch INTEGER NOT NULL REFERENCES batch,
        runs TEXT NOT NULL, texts TEXT NOT NULL,    -- JSON
        codes BLOB NOT NULL,
        PRIMARY KEY (fact, block, at, item, batch)
    """,
    "record_block": """
        record INTEGER NOT NULL REFERENCES name,
        block INTEGER NOT NULL,
        batch INTEGER NOT NULL REFERENCES batch,
        subjects BLOB NOT NULL,
        texts TEXT NOT NULL,                        -- JSON
        codes BLOB NOT NULL,
        PRIMARY KEY (record, block, batch)
    """,
}


def m005_blocks(db: Database, tell: Tell | None = None) -> None:
    """Values and records of many subjects side by side as well, so that a nation's are read without a row for each."""
    for table, columns in _M005_TABLES.items():
        _append_only(db, table, columns, rowid=False)
    many = {table: db.conn.execute(f"SELECT count(*) FROM {one.rows}").fetchone()[0] for table, one in PACKINGS.items()}
    done, total = 0, sum(many.values())
    for table, packing in PACKINGS.items():
        append_blocks(db.conn, table, _heard(db.conn.execute(packing.select), done, total, tell))
        done += many[table]


def _heard(rows: Iterable[Any], done: int, total: int, tell: Tell | None) -> Iterator[Any]:
    """The rows, telling now and then how many of all have been read."""
    for number, row in enumerate(rows, done):
        if tell and number % TOLD == 0:
            tell(number, total)
        yield row


def _append_only(db: Database, table: str, columns: str, *, rowid: bool = True) -> None:
    options = "STRICT" if rowid else "STRICT, WITHOUT ROWID"
    db.conn.execute(f"CREATE TABLE {table} ({columns}) {options}")
    for change in ("UPDATE", "DELETE"):
        db.conn.execute(
            f"CREATE TRIGGER {table}_refuses_{change.lower()} BEFORE {change} ON {table} "
            f"BEGIN SELECT raise(ABORT, '{table}: rows are appended, never changed'); END"
        )


MIGRATIONS: tuple[Migration, ...] = (m001_facts_and_results, m002_tailorings, m003_touched, m004_calendars, m005_blocks)
TABLES = (*_M001_TABLES, *_M002_TABLES, *_M003_TABLES, *_M004_TABLES, *_M005_TABLES)


def applied(connection: sqlite3.Connection) -> list[str]:
    """Names of the changes a database has, in order."""
    if not connection.execute("SELECT 1 FROM sqlite_schema WHERE name = '_sqlite_migrations'").fetchone():
        return []
    rows = connection.execute("SELECT name FROM _sqlite_migrations WHERE migration_set = 'kaoping' ORDER BY id")
    return [name for (name,) in rows]


def apply(connection: sqlite3.Connection, migrations: Sequence[Migration], tell: Tell | None = None) -> None:
    """Bring a database up to date, within the transaction the caller holds.

    `tell` hears how many rows are done of a change that takes long.
    """
    from sqlite_utils import Database, Migrations  # noqa: PLC0415 - see above

    def blocks(db: Database) -> None:
        m005_blocks(db, tell)

    known = Migrations("kaoping")
    for migration in migrations:
        known(name=migration.__name__)(blocks if migration is m005_blocks else migration)
    known.apply(Database(connection, execute_plugins=False, strict=True))
