import sys
from pathlib import Path

# helpers that several test files share stand beside them; importlib mode puts no folder on the path
sys.path.insert(0, str(Path(__file__).parent))

from plugin_shelf import shelf  # a fixture imported here serves every file

__all__ = ["shelf"]
