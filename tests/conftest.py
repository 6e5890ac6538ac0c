import atexit
import os
import shutil
import sys
import tempfile
from pathlib import Path

# helpers that several test files share stand beside them; importlib mode puts no folder on the path
sys.path.insert(0, str(Path(__file__).parent))

from plugin_shelf import shelf  # a fixture imported here serves every file

__all__ = ["shelf"]

# statements that are kept for the next evaluation are those of the tests alone
os.environ["KAOPING_CACHE"] = tempfile.mkdtemp(prefix="kaoping-tests-")
atexit.register(shutil.rmtree, os.environ["KAOPING_CACHE"], ignore_errors=True)


LONGEST = (
    "test_readme",
    "test_new_scheme",
    "test_cli_flow",
    "test_sql_oracle",
    "test_sql_everybody",
    "test_sql_kept",
    "test_sql_spark",
)
"""Files that take minutes: begun first, so that nobody waits for one of them when all others are done."""


def pytest_collection_modifyitems(items):
    """Long files first; in the long form the files that have one count as slow, so that `-m slow` runs them."""
    items.sort(key=lambda item: LONGEST.index(item.path.stem) if item.path.stem in LONGEST else len(LONGEST))
    if os.environ.get("KAOPING_SLOW"):
        for item in items:
            if hasattr(item.module, "SLOW"):
                item.add_marker("slow")
