"""A program that is killed while it builds or updates a frame: it goes slowly, and says when some rows are done."""

import sys
import time
from datetime import date
from pathlib import Path

from log_world import RELATED
from small_schemes import PERIOD, plan_of

from kaoping.store.connection import open_store
from kaoping.store.log import log_now
from kaoping_sql import building, keeper


def tell(done, _):
    """Say it once, and wait to be killed."""
    if done >= 8:
        sys.stdout.write("some are done\n")
        sys.stdout.flush()
        time.sleep(60)


def opened_with_little_memory(path):
    """So that what is half done stands in the file."""
    connection = OPEN(path)
    connection.execute("PRAGMA cache_size = 1")
    return connection


OPEN, keeper._open = keeper._open, opened_with_little_memory
building.AT_ONCE = 4
folder, anew = Path(sys.argv[1]), sys.argv[2] == "anew"
plan = plan_of(RELATED)
log = log_now(open_store(folder / "r.db"), plan.needs, PERIOD, date.fromisoformat(sys.argv[3]))
keeper.keep(plan, log, folder / "f.db", anew=anew, tell=tell)
