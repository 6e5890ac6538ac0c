"""A shelf of fake distributions, for the tests of plugins."""

from __future__ import annotations

import base64
import hashlib
import importlib
import json
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

NOW = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)


@dataclass
class Shelf:
    """A folder on the import path, filled with distributions as an installer leaves them."""

    folder: Path
    config: Path

    def add(
        self,
        distribution: str,
        plugins: dict[str, str] | str,
        files: dict[str, str],
        *,
        version: str = "1.0",
        editable: str = "",
        recorded: bool = True,
        folder: Path | None = None,
    ) -> Path:
        """Install a distribution; `plugins` maps names to modules, or is the text of its entry points."""
        root = folder or self.folder
        info = f"{distribution.replace('-', '_')}-{version}.dist-info"
        entries = plugins if isinstance(plugins, str) else "".join(f"{n} = {m}\n" for n, m in plugins.items())
        text = entries if entries.startswith("[") else f"[kaoping]\n{entries}"
        everything = {
            **files,
            f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {distribution}\nVersion: {version}\n",
            f"{info}/entry_points.txt": text,
        }
        if editable:
            source = {"url": Path(editable).as_uri(), "dir_info": {"editable": True}}
            everything[f"{info}/direct_url.json"] = json.dumps(source)
        record = [f"{info}/RECORD,,"]
        for name, content in everything.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content, encoding="utf-8")
            digest = base64.urlsafe_b64encode(hashlib.sha256(content.encode()).digest()).rstrip(b"=").decode()
            record.append(f"{name},sha256={digest},{len(content.encode())}")
        if recorded:
            (root / info / "RECORD").write_text("\n".join(record) + "\n", encoding="utf-8")
        importlib.invalidate_caches()
        return root / info

    @property
    def settings(self):
        """The allow-list of this test."""
        from kaoping.settings import load_settings

        return load_settings(self.config)

    def enable(self, name: str):
        """Enable a plugin as an administrator would."""
        from kaoping.install import enable

        return enable(name, self.settings, by="李主任", now=NOW)

    def load(self, **options):
        """Load what is on the shelf, and nothing else that is installed here."""
        from kaoping.plugins import load_plugins

        return load_plugins(self.settings, path=[str(self.folder)], **options)


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """An empty shelf, first on the import path; modules loaded from it are forgotten afterwards."""
    folder, config = tmp_path / "site-packages", tmp_path / "config"
    folder.mkdir()
    monkeypatch.syspath_prepend(str(folder))
    monkeypatch.setenv("KAOPING_CONFIG", str(config))
    before = set(sys.modules)
    yield Shelf(folder, config)
    for name in set(sys.modules) - before:
        if str(getattr(sys.modules[name], "__file__", "")).startswith(str(tmp_path)):
            del sys.modules[name]
