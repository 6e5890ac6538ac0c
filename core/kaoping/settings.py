"""The user's folders, and in that of the configuration the list of plugins that are allowed to run.

What ships with kaoping is active unless it is turned off here; everything else runs only when it stands here, with
the digest of the files that were looked at when it was enabled. The list belongs to the person, not to a database.
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import platformdirs

from kaoping.errors import EnvironmentError, Place

FILE = "plugins.json"
FORMAT = 1
AT_ONCE = "KAOPING_AT_ONCE_FROM"
AT_ONCE_FROM = 10_000
"""Below it two engines that go from subject to subject take seconds, and their results carry two whole opinions."""


@dataclass(frozen=True)
class Enabled:
    """A plugin from outside that may run.

    Attributes:
        distribution: what installed it; the same plugin name from another distribution is not enabled.
        digest: of the installed files when it was enabled; "" for an editable install.
        path: the folder of an editable install, whose files may change at any time; else "".
        at: UTC time, ISO text. by: who enabled it.
    """

    distribution: str
    version: str
    digest: str
    path: str
    at: str
    by: str


@dataclass(frozen=True)
class Settings:
    """The allow-list as it stands in `file`; `enabled` by plugin name, `disabled` names what shipped and is off."""

    file: Path
    enabled: Mapping[str, Enabled] = field(default_factory=dict)
    disabled: frozenset[str] = frozenset()

    def enable(self, name: str, entry: Enabled) -> Settings:
        """The settings with an outside plugin on the list."""
        return replace(self, enabled={**self.enabled, name: entry})

    def turn_on(self, name: str) -> Settings:
        """The settings with a shipped plugin no longer turned off."""
        return replace(self, disabled=self.disabled - {name})

    def turn_off(self, name: str) -> Settings:
        """The settings with a shipped plugin turned off."""
        return replace(self, disabled=self.disabled | {name})

    def forget(self, *names: str) -> Settings:
        """The settings without any trace of these names."""
        kept = {name: entry for name, entry in self.enabled.items() if name not in names}
        return replace(self, enabled=kept, disabled=self.disabled - set(names))


def config_folder(environment: Mapping[str, str] | None = None) -> Path:
    """``KAOPING_CONFIG``, else the place the operating system keeps a user's settings; need not exist."""
    own = (os.environ if environment is None else environment).get("KAOPING_CONFIG", "")
    return Path(own).expanduser() if own else platformdirs.user_config_path("kaoping", appauthor=False)


def cache_folder(environment: Mapping[str, str] | None = None) -> Path:
    """``KAOPING_CACHE``, else where the system keeps what programs can make again; need not exist."""
    own = (os.environ if environment is None else environment).get("KAOPING_CACHE", "")
    return Path(own).expanduser() if own else platformdirs.user_cache_path("kaoping", appauthor=False)


def at_once_from(environment: Mapping[str, str] | None = None) -> int:
    """``KAOPING_AT_ONCE_FROM``, else 10,000: from so many subjects on everybody is judged at once.

    Raises:
        EnvironmentError: it is no whole number above 0.
    """
    text = (os.environ if environment is None else environment).get(AT_ONCE, "")
    if not text:
        return AT_ONCE_FROM
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        raise EnvironmentError("plugins.at-once", name=AT_ONCE, text=text, usual=AT_ONCE_FROM)
    return int(text)


def load_settings(folder: Path | None = None) -> Settings:
    """The settings in a folder (default: the user's); empty where nothing was ever enabled or turned off.

    Raises:
        EnvironmentError: the file is there and cannot be read or understood. Nothing is guessed: a damaged
            list must not let a plugin in, nor turn one off.
    """
    file = (config_folder() if folder is None else folder) / FILE
    try:
        text = file.read_text(encoding="utf-8")
    except FileNotFoundError:
        return Settings(file)
    except OSError as error:
        raise EnvironmentError("plugins.settings-unreadable", file=file, problem=error) from error
    except UnicodeDecodeError as error:
        raise EnvironmentError("plugins.settings-broken", file=file, problem="not UTF-8") from error
    try:
        return _parse(file, json.loads(text))
    except json.JSONDecodeError as error:
        place = Place(str(file), error.lineno, error.colno)
        raise EnvironmentError("plugins.settings-broken", place=place, file=file, problem=error.msg) from error
    except RecursionError as error:
        raise EnvironmentError("plugins.settings-broken", file=file, problem="nested too deeply") from error


def save_settings(settings: Settings) -> None:
    """Write the settings so that a reader finds the old file or the new one, never half of one.

    Raises:
        EnvironmentError: the folder cannot be written.
    """
    data = {
        "format": FORMAT,
        "enabled": {name: asdict(entry) for name, entry in sorted(settings.enabled.items())},
        "disabled": sorted(settings.disabled),
    }
    folder = settings.file.parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
        draft = folder / f".{FILE}-{secrets.token_hex(8)}"
        try:
            with draft.open("x", encoding="utf-8") as file:  # the usual permissions: an office shares this folder
                json.dump(data, file, ensure_ascii=False, indent=2)
                file.write("\n")
                file.flush()
                os.fsync(file.fileno())
            draft.replace(settings.file)
        except BaseException:
            draft.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise EnvironmentError("plugins.settings-unwritable", folder=folder, problem=error) from error


def _parse(file: Path, data: Any) -> Settings:
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        raise EnvironmentError("plugins.settings-broken", file=file, problem=f'no "format": {FORMAT}')
    enabled, disabled = data.get("enabled", {}), data.get("disabled", [])
    if not isinstance(enabled, dict):
        raise EnvironmentError("plugins.settings-broken", file=file, problem='"enabled"')
    if not isinstance(disabled, list) or not all(isinstance(name, str) for name in disabled):
        raise EnvironmentError("plugins.settings-broken", file=file, problem='"disabled"')
    return Settings(file, {name: _entry(file, name, entry) for name, entry in enabled.items()}, frozenset(disabled))


def _entry(file: Path, name: str, data: Any) -> Enabled:
    keys = Enabled.__dataclass_fields__
    if not isinstance(data, dict) or set(data) != set(keys) or not all(isinstance(v, str) for v in data.values()):
        raise EnvironmentError("plugins.settings-broken", file=file, problem=f'"enabled": "{name}"')
    if not data["digest"] and not data["path"]:
        raise EnvironmentError("plugins.settings-broken", file=file, problem=f'"enabled": "{name}": "digest"')
    return Enabled(**data)
