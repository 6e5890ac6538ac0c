import os
import sys
from pathlib import Path

# helpers that several test files share stand beside them; importlib mode puts no folder on the path
sys.path.insert(0, str(Path(__file__).parent))

from plugin_shelf import shelf  # a fixture imported here serves every file

__all__ = ["shelf"]


def pytest_collection_modifyitems(items):
    """In the long form the files that have one count as slow as a whole, so that `-m slow` runs them."""
    if os.environ.get("KAOPING_SLOW"):
        for item in items:
            if hasattr(item.module, "SLOW"):
                item.add_marker("slow")
