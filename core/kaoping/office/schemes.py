"""Schemes: which there are, what one says in words, and whether a file is one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from kaoping.cases import read_cases
from kaoping.errors import KaopingError, Problems
from kaoping.evaluation.bands import band_overlaps
from kaoping.evaluation.blind import blind_machine
from kaoping.evaluation.compile import compile_scheme
from kaoping.evaluation.feeding import feeding_problems, unknown_sources, wrong_kinds
from kaoping.evaluation.tailored import compile_tailored
from kaoping.facts.types import Catalogue
from kaoping.office.aloud import Aloud
from kaoping.office.contents import contents
from kaoping.office.desk import Desk
from kaoping.office.files import file_text
from kaoping.office.plugins import problem_data
from kaoping.office.proofs import proofs
from kaoping.office.tailorings import tailored_for, tailoring_data
from kaoping.office.titles import title_data
from kaoping.plugins import Found, Plugins
from kaoping.scheme.bars import Reach, bars_reaching, idle_bars
from kaoping.scheme.catalogue import base_catalogue, merge_catalogue
from kaoping.scheme.model import Scheme
from kaoping.scheme.prose.forms import tag_words
from kaoping.scheme.reader import CASES, SUFFIX, read_scheme
from kaoping.scheme.tailoring import is_tailoring, read_tailoring, tailored
from kaoping.scheme.verdict import verdict


def list_installed(desk: Desk) -> dict[str, Any]:
    """Every scheme that can be used, by family, and what is wrong with plugins that offer none."""
    plugins = desk.plugins
    kinds = plugins.catalogue.subject_types
    offering = [plugin for plugin in plugins.found if plugin.schemes]
    found = [
        {**head(scheme), "subject_title": title_data(kinds[scheme.subject].title), "plugin": plugin.name}
        for plugin in offering
        for scheme in plugin.schemes
    ]
    problems = [error for plugin in plugins.found for error in problem_data(plugin.problem, desk.language)]
    idle = [plugin.name for plugin in plugins.found if plugin.status in ("inactive", "disabled")]
    families = [
        {"plugin": plugin.name, "title": _family(plugin), "distribution": plugin.distribution}
        | {"version": plugin.version}
        | {"bundled": plugin.bundled, "schemes": [scheme.id for scheme in plugin.schemes]}
        for plugin in offering
    ]
    return {"schemes": found, "families": families, "problems": problems, "idle_plugins": idle}


def _family(plugin: Found) -> dict[str, str] | None:
    """What a plugin's schemes are called together, if they say so."""
    titles = [scheme.family for scheme in plugin.schemes if scheme.family]
    return title_data(titles[0]) if titles else None


def head(scheme: Scheme) -> dict[str, Any]:
    """What identifies a scheme."""
    return {
        "id": scheme.id,
        "edition": scheme.edition,
        "title": title_data(scheme.title),
        "subject": scheme.subject,
        "period": scheme.period,
        "parts": list(scheme.parts),
        "verdict": verdict(scheme),
        "source": dict(scheme.source),
        "tags": list(scheme.tags),
        "digest": scheme.digest,
    }


def show(desk: Desk, which: str, *, tailoring: str | None = None) -> dict[str, Any]:
    """What a scheme, installed or in a file, says: parameters, decisions, rules with their clauses, what follows."""
    plugins = desk.plugins
    found = chosen(plugins, which)[0]
    installed = plugins.schemes.get(found.id)
    scheme = tailored_for(desk, found, tailoring)
    catalogue = plugins.catalogue if found is installed else catalogue_with(plugins, found)
    compile_tailored(scheme, catalogue)
    aloud = Aloud(scheme, catalogue, desk.language, desk.today)
    bars = [_reach(reach) for reach in bars_reaching(scheme, plugins.schemes.values())]
    kind = catalogue.subject_types[scheme.subject]
    about = {
        **head(scheme),
        "subject_title": title_data(kind.title),
        "tailoring": tailoring_data(scheme),
        "plugin": plugins.owner(found.id).name if found is installed else None,
        "file": None if found is installed else which,
    }
    return {**about, **contents(scheme, aloud, desk.today), "bars_from": bars}


def _reach(reach: Reach) -> dict[str, Any]:
    return {
        "tag": reach.tag,
        "tag_title": {"zh": tag_words(reach.tag, "zh"), "en": tag_words(reach.tag, "en")},
        "scheme": reach.scheme.id,
        "scheme_title": title_data(reach.scheme.title),
        "consequence": reach.rule.id,
        "title": title_data(reach.rule.title),
        "to": list(reach.rule.to),
    }


def check(
    desk: Desk,
    file: Path,
    *,
    prove: bool = False,
    seconds: int = 2,
    save: Path | None = None,
    dry_run: bool = False,
) -> dict[str, Any]:
    """Whether a file (a scheme or a tailoring) or an installed scheme can be used, and what is wrong with what it says.

    Shape, names, types, clashes, the keys of the cases beside it; then what nothing reads and what nobody can reach,
    with `prove` over every input there may be; what proofs find can be saved as worked cases.

    Raises:
        UsageError: there is no such file, or no scheme that it tailors.
    """
    plugins = desk.plugins
    try:
        scheme = plugins.schemes.get(str(file)) or read_file(file, plugins)
        catalogue = catalogue_with(plugins, scheme)
        plan = compile_tailored(scheme, catalogue)
        sources = {feed.scheme for feed in plan.feeds} & plugins.schemes.keys()
        compiled = {source: compile_scheme(plugins.schemes[source], catalogue) for source in sorted(sources)}
        if problems := wrong_kinds(plan, compiled):
            raise Problems(problems)
        read_cases(scheme.cases_text, scheme.cases_file)
    except KaopingError as error:
        if error.exit_code != 1:
            raise
        errors = problem_data(error, desk.language)
        return {"file": str(file), "scheme": None, "tailoring": None, "errors": errors, "notes": [], "findings": []}
    unknown = unknown_sources(scheme, plugins.schemes, catalogue)
    notes = [desk.say("office.unknown-source", name=name, scheme=source) for name, source in unknown]
    notes += [error.text(desk.language) for error in band_overlaps(plan, blind_machine(plan))]
    idle = idle_bars(scheme, plugins.schemes.values())
    notes += [desk.say("office.idle-bar", name=reach.rule.id, tag=reach.tag) for reach in idle]
    found = proofs(desk, plugins, plan, prove=prove, seconds=seconds, save=save, dry_run=dry_run)
    if scheme.tailoring:  # what a criterion read that is left out here is not unused in the scheme
        found["findings"] = [one for one in found["findings"] if not one["code"].endswith("-unused")]
    about = {"scheme": head(scheme), "tailoring": tailoring_data(scheme)}
    return {"file": str(file), **about, "errors": [], "notes": notes, **found}


def chosen(plugins: Plugins, which: str | None) -> list[Scheme]:
    """The scheme of this id or file (a tailoring's file: its scheme as tailored); every scheme where None."""
    if which is None:
        return list(plugins.schemes.values())
    return [read_file(Path(which), plugins)] if which.endswith(SUFFIX) or "/" in which else [plugins.scheme(which)]


def read_file(file: Path, plugins: Plugins | None = None) -> Scheme:
    """The scheme of a file, with the worked cases beside it; with plugins, a tailoring's file gives theirs as tailored.

    Raises:
        UsageError: there is no such file. DataError, Problems: it is not a scheme.
    """
    cases = file.with_name(file.name.removesuffix(SUFFIX) + CASES)
    text = file_text(file)
    cases_text = file_text(cases) if cases.is_file() else ""
    if plugins is not None and is_tailoring(text, str(file)):
        tailoring = read_tailoring(text, str(file))
        changed = tailored(plugins.scheme(tailoring.scheme), tailoring)
        return replace(changed, cases_text=cases_text, cases_file=str(cases))
    return read_scheme(text, str(file), cases_text, str(cases))


def catalogue_with(plugins: Plugins, *schemes: Scheme) -> Catalogue:
    """What may be named when these schemes stand beside (or in place of) the installed ones.

    Raises:
        Problems: a declaration clashes, or schemes feed each other what is not there, or in a circle.
    """
    own = {scheme.id for scheme in schemes}
    others = [scheme for scheme in plugins.schemes.values() if scheme.id not in own]
    catalogue = merge_catalogue(base_catalogue(), [*others, *schemes])
    if problems := feeding_problems(schemes, others, catalogue):
        raise Problems(problems)
    return catalogue
