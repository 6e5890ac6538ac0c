"""The plugins that are installed: which may run, what they offer, and what is wrong with those set aside.

Discovery imports nothing. What may run is loaded apart, one by one; whatever goes wrong with one is kept as its
problem and stops nothing else. No state is kept: load, pass on, drop.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import EntryPoint
from typing import Any

from kaoping.distributions import Installed, find_installed, normal
from kaoping.errors import DataError, KaopingError, Problems, RefusedError, UsageError, alike, nearest
from kaoping.evaluation.accounts import FrameEngine
from kaoping.evaluation.feeding import feeding_problems
from kaoping.evaluation.rulebook import Engine
from kaoping.facts.types import Catalogue, Title
from kaoping.hookspecs import GROUP, implementations
from kaoping.insight.proving import Prover
from kaoping.outside import FencedProver, fenced, outside
from kaoping.scheme.catalogue import base_catalogue, merge_catalogue
from kaoping.scheme.model import Scheme
from kaoping.settings import Settings

STATUSES = ("active", "inactive", "disabled", "changed", "set_aside")
_TAKEN = {"scheme": "plugins.scheme-taken", "engine": "plugins.engine-taken", "prover": "plugins.prover-taken"}
_TWICE = {"scheme": "plugins.scheme-twice", "engine": "plugins.engine-twice", "prover": "plugins.prover-twice"}


@dataclass(frozen=True)
class Found:
    """A plugin that is installed.

    Attributes:
        name: of its entry point; the same name may be found twice, then both are set aside.
        status: ``active`` · ``inactive`` (from outside and not enabled) · ``disabled`` (ships with kaoping, turned
            off) · ``changed`` (its files are not those that were enabled; none of its code ran) · ``set_aside``.
        bundled: it ships with kaoping.
        verified: it runs, and its files are those that were enabled or came with kaoping.
        editable: the folder it is used from, in an editable install; never verified.
        problem: why it is changed or set aside; may be a `Problems` with a place for each error.
    """

    name: str
    distribution: str
    version: str
    module: str
    status: str
    bundled: bool
    verified: bool = False
    editable: str = ""
    problem: KaopingError | None = None
    schemes: tuple[Scheme, ...] = ()
    engines: tuple[Engine | FrameEngine, ...] = ()
    provers: tuple[Prover, ...] = ()

    def set_aside(self, problem: KaopingError) -> Found:
        """The same plugin, offering nothing, for this reason."""
        return replace(self, status="set_aside", verified=False, problem=problem, schemes=(), engines=(), provers=())


@dataclass(frozen=True)
class Plugins:
    """All plugins found, sorted by name, and what the active ones declare together."""

    found: tuple[Found, ...]
    catalogue: Catalogue

    @property
    def schemes(self) -> dict[str, Scheme]:
        """Every scheme that can be used, by id, in the order of the plugins and then their own."""
        return {scheme.id: scheme for plugin in self.found for scheme in plugin.schemes}

    @property
    def engines(self) -> dict[str, Engine | FrameEngine]:
        """Every engine on offer, by name; whether it can run here is for `unavailable` to say."""
        return {engine.name: engine for plugin in self.found for engine in plugin.engines}

    @property
    def provers(self) -> dict[str, Prover]:
        """Every prover on offer, by name; whether it can run here is for `unavailable` to say."""
        return {prover.name: prover for plugin in self.found for prover in plugin.provers}

    def scheme(self, scheme_id: str) -> Scheme:
        """The scheme of this id.

        Raises:
            UsageError: no active plugin offers it; the hint names those it may mean, or the plugins that do not run.
        """
        known = self.schemes
        if scheme_id in known:
            return known[scheme_id]
        idle = [plugin.name for plugin in self.found if plugin.status != "active"]
        found = alike(scheme_id, {name: (one.title.zh, one.title.en) for name, one in known.items()})
        near = Title(
            "、".join(f"{one}（{known[one].title.zh}）" for one in found),
            ", ".join(f"{one} ({known[one].title.text('en')})" for one in found),
        )
        hint = "plugins.which-scheme" if len(found) > 1 else "plugins.this-scheme" if found else None
        hint = hint or ("plugins.see-idle" if idle else "plugins.see-schemes")
        raise UsageError("plugins.unknown-scheme", scheme=scheme_id, near=near, idle=", ".join(idle), hint=hint)

    def plugin(self, name: str) -> Found:
        """The plugin of this name (of two that claim it, the first by distribution).

        Raises:
            UsageError: none is installed under it.
        """
        for plugin in self.found:
            if plugin.name == name:
                return plugin
        raise unknown_plugin(name, [plugin.name for plugin in self.found])

    def owner(self, scheme_id: str) -> Found:
        """The plugin that offers a scheme; as `scheme` where there is none."""
        wanted = self.scheme(scheme_id)
        return next(plugin for plugin in self.found if wanted in plugin.schemes)


def load_plugins(settings: Settings, only: Collection[str] | None = None, path: Sequence[str] | None = None) -> Plugins:
    """Find the plugins, load those that may run, and set aside what does not fit.

    Args:
        settings: what is enabled and turned off.
        only: consider no plugins but these names.
        path: where to look for distributions; default: where Python looks.
    """
    standing = [(plugin, one) for plugin, one in _survey(settings, path) if only is None or plugin.name in only]
    return _fit((_admit(plugin, one), one) for plugin, one in standing)


def list_plugins(settings: Settings, path: Sequence[str] | None = None) -> tuple[Found, ...]:
    """The plugins and whether they may run, with none of them imported: what they offer is left open."""
    return tuple(sorted((plugin for plugin, _ in _survey(settings, path)), key=_order))


def unknown_plugin(name: str, known: Iterable[str]) -> UsageError:
    """No plugin is installed under this name; the nearest is named."""
    names = sorted(set(known))
    near = nearest(name, names)
    hint = "common.did-you-mean" if near else "plugins.see-plugins"
    return UsageError("plugins.unknown-plugin", plugin=name, near=near, known=", ".join(names) or "-", hint=hint)


def _survey(settings: Settings, path: Sequence[str] | None) -> list[tuple[Found, Installed]]:
    """Every plugin found, and its standing; runs none of their code."""
    installed = find_installed(path)
    points = [(one, point) for one in installed for point in one.entry_points]
    surveyed = []
    for one, point in points:
        plugin = Found(point.name, one.name, one.version, point.value, "active", one.bundled, editable=one.editable)
        owners = [f"{other.name} {other.version}" for other, its in points if its.name == point.name]
        try:
            if len(owners) > 1:
                raise RefusedError("plugins.name-taken", plugin=plugin.name, owners=" · ".join(owners))
            with outside("plugins.unreadable", plugin.name, one):
                plugin = _standing(plugin, one, settings)
        except KaopingError as problem:
            plugin = plugin.set_aside(problem)
        surveyed.append((plugin, one))
    return surveyed + [(_unreadable(one, line), one) for one in installed for line in one.unreadable]


def _unreadable(one: Installed, line: str) -> Found:
    name, _, value = (part.strip() for part in line.partition("="))
    plugin = Found(name or one.name, one.name, one.version, value, "set_aside", one.bundled, editable=one.editable)
    return plugin.set_aside(DataError("plugins.bad-entry", plugin=plugin.name, owner=one.name, line=line))


def _standing(plugin: Found, one: Installed, settings: Settings) -> Found:
    """May it run? Looks at its files and runs none of them."""
    if plugin.bundled:
        off = plugin.name in settings.disabled
        return replace(plugin, status="disabled" if off else "active", verified=not off and not one.editable)
    entry = settings.enabled.get(plugin.name)
    if entry is None or normal(entry.distribution) != normal(one.name):
        return replace(plugin, status="inactive")
    facts: dict[str, Any] = {"plugin": plugin.name, "owner": one.name, "version": one.version}
    if entry.path != one.editable:
        was, now = entry.path or entry.version, one.editable or one.version
        problem = RefusedError("plugins.moved", was=was, now=now, **facts)
    elif one.editable or one.digest() == entry.digest:
        return replace(plugin, verified=not one.editable)
    elif entry.version != one.version:
        problem = RefusedError("plugins.other-version", was=entry.version, **facts)
    else:
        problem = RefusedError("plugins.changed", **facts)
    return replace(plugin, status="changed", problem=problem)


def _admit(plugin: Found, one: Installed) -> Found:
    """An active plugin with what it offers, or without, and then why; any other as it is."""
    if plugin.status != "active":
        return plugin
    try:
        with outside("plugins.unreadable", plugin.name, one):
            module = plugin.module.partition(":")[0].strip()
            place = one.foreign(module)
        if place:
            raise RefusedError("plugins.foreign-module", plugin=plugin.name, module=module, owner=one.name, at=place)
        with outside("plugins.import-failed", plugin.name, one):
            loaded = EntryPoint(plugin.name, plugin.module, GROUP).load()
            hooks = implementations(loaded, plugin.name)
        schemes = _offered(plugin, one, hooks, "kaoping_schemes")
        engines = _offered(plugin, one, hooks, "kaoping_engines")
        provers = _offered(plugin, one, hooks, "kaoping_provers")
    except KaopingError as problem:
        return plugin.set_aside(problem)
    asked = tuple(FencedProver(prover, one) for prover in provers)
    engines = tuple(fenced(engine, one) for engine in engines)
    return replace(plugin, schemes=schemes, engines=engines, provers=asked)


def _offered(plugin: Found, one: Installed, hooks: Mapping[str, Callable[[], list[Any]]], hook: str) -> tuple[Any, ...]:
    """What the plugin's hook gives, each of it looked at."""
    if hook not in hooks:
        return ()
    kind, fits = _OFFERS[hook]
    with outside("plugins.hook-failed", plugin.name, one, hook=hook):
        answers = hooks[hook]()
        offer = answers[0] if answers else None
        if not isinstance(offer, Iterable) or isinstance(offer, str):
            wrong: object = offer
        else:
            offer = tuple(offer)
            if all(fits(item) for item in offer):
                return offer
            wrong = next(item for item in offer if not fits(item))
    raise DataError("plugins.wrong-offer", plugin=plugin.name, hook=hook, kind=kind, given=type(wrong).__name__)


def _is_scheme(item: object) -> bool:
    return isinstance(item, Scheme) and isinstance(item.id, str)


def _is_prover(item: object) -> bool:
    name = getattr(item, "name", None)
    able = all(callable(getattr(item, one, None)) for one in ("unavailable", "session", "cheapest"))
    return able and isinstance(name, str) and bool(name)


def _is_engine(item: object) -> bool:
    name = getattr(item, "name", None)
    answers = any(callable(getattr(item, way, None)) for way in ("judge", "assess"))
    able = answers and callable(getattr(item, "unavailable", None))
    return able and isinstance(name, str) and bool(name)


def _fit(loaded: Iterable[tuple[Found, Installed]]) -> Plugins:
    """The plugins that go together: each id once, each fact declared alike; who comes later gives way.

    What ships with kaoping comes first, so that nobody from outside can push it away.
    """
    taken: dict[tuple[str, str], Found] = {}
    catalogue = base_catalogue()
    fitted: list[Found] = []
    for plugin, one in sorted(loaded, key=lambda pair: (not pair[0].bundled, pair[0].name)):
        try:
            ids = _claims(plugin, taken)
            with outside("plugins.hook-failed", plugin.name, one, hook="kaoping_schemes"):
                merged = merge_catalogue(catalogue, plugin.schemes)
                accepted = [scheme for other in fitted for scheme in other.schemes]
                if problems := feeding_problems(plugin.schemes, accepted, merged):
                    raise Problems(problems)
            catalogue = merged
            taken.update(dict.fromkeys(ids, plugin))
            fitted.append(plugin)
        except KaopingError as problem:
            fitted.append(plugin.set_aside(problem))
    return Plugins(tuple(sorted(fitted, key=_order)), catalogue)


def _order(plugin: Found) -> tuple[str, str]:
    return plugin.name, plugin.distribution


def _claims(plugin: Found, taken: Mapping[tuple[str, str], Found]) -> list[tuple[str, str]]:
    """The ids the plugin offers, none of them taken."""
    ids = [("scheme", scheme.id) for scheme in plugin.schemes] + [("engine", engine.name) for engine in plugin.engines]
    ids += [("prover", prover.name) for prover in plugin.provers]
    for kind, name in ids:
        if ids.count((kind, name)) > 1:
            raise DataError(_TWICE[kind], plugin=plugin.name, name=name)
        if holder := taken.get((kind, name)):
            who, other = f"{plugin.name} ({plugin.distribution})", f"{holder.name} ({holder.distribution})"
            raise DataError(_TAKEN[kind], name=name, plugin=who, holder=other)
    return ids


_OFFERS: dict[str, tuple[str, Callable[[object], bool]]] = {
    "kaoping_schemes": ("Scheme", _is_scheme),
    "kaoping_engines": ("Engine", _is_engine),
    "kaoping_provers": ("Prover", _is_prover),
}
