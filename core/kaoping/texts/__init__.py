"""Every sentence the product says, in Chinese and English.

A key is ``<file>.<name>``: ``facts.out-of-range`` stands in ``texts/facts.toml`` as table ``[out-of-range]`` with
``zh`` and ``en``, and, where there is something to do next, ``hint_zh`` and ``hint_en``. A test
holds that nothing is missing from either language.
"""

from __future__ import annotations

import errno
import os
import tomllib
from functools import cache
from pathlib import Path
from typing import Any, Literal

Language = Literal["zh", "en"]
FOLDERS = (Path(__file__).parent,)


@cache
def _tables(file: str) -> dict[str, dict[str, str]]:
    path = FOLDERS[0] / f"{file}.toml"
    return tomllib.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


def _find(key: str) -> tuple[dict[str, str], str]:
    file, _, name = key.partition(".")
    suffix = ""
    if name.endswith(".hint"):
        name, suffix = name.removesuffix(".hint"), "hint_"
    return _tables(file).get(name, {}), suffix


def has_text(key: str) -> bool:
    """Is there a text (or with ``.hint`` at the end, a hint) under this key?"""
    table, suffix = _find(key)
    return f"{suffix}zh" in table


def say(key: str, language: Language, **facts: Any) -> str:
    """The sentence under a key, with its facts filled in; the bare key where no text exists."""
    table, suffix = _find(key)
    template = table.get(f"{suffix}{language}")
    if template is None:
        return f"{key} {facts}" if facts else key
    if not facts:
        return template.replace("{{", "{").replace("}}", "}")
    told = {name: _reason(fact, language) if isinstance(fact, OSError) else fact for name, fact in facts.items()}
    return template.format(**told)


def _reason(error: OSError, language: Language) -> str:
    """Why the system refused, in words; in its own where we have none."""
    key = f"common.os-{errno.errorcode.get(error.errno or 0, '')}"
    return say(key, language) if has_text(key) else error.strerror or str(error)


def language_of(environment: dict[str, str] | None = None) -> Language:
    """``KAOPING_LANG``, else the locale, else Chinese."""
    env = os.environ if environment is None else environment
    for name in ("KAOPING_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        value = env.get(name, "").lower()
        if value.startswith("zh"):
            return "zh"
        if value.startswith("en"):
            return "en"
    return "zh"
