"""Texts kept beside an evaluation, so that it can be read and run again when its plugin has changed or gone."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from importlib.resources import files

from kaoping.errors import EnvironmentError
from kaoping.evaluation.plan import Plan
from kaoping.evaluation.tailored import compile_tailored
from kaoping.facts.types import Catalogue
from kaoping.plugins import Plugins
from kaoping.scheme.catalogue import FILE, merge_catalogue, read_catalogue
from kaoping.scheme.model import Scheme
from kaoping.scheme.official import FILE as OFFICIAL
from kaoping.scheme.official import official_days, official_text, read_official
from kaoping.scheme.reader import read_scheme
from kaoping.scheme.tailoring import read_tailoring, tailored
from kaoping.store.connection import Store
from kaoping.store.evaluations import Evaluation, read_text


@dataclass(frozen=True)
class Kept:
    """A scheme, as its tailoring made it if there was one, and the catalogue it was compiled with, as they were."""

    scheme: Scheme
    catalogue: Catalogue

    def plan(self) -> Plan:
        """The scheme, compiled."""
        return compile_tailored(self.scheme, self.catalogue)


def catalogue_text(plugins: Plugins) -> str:
    """Everything the catalogue was made from: what ships with kaoping, and every scheme that declares something."""
    base = (files("kaoping.scheme") / FILE).read_text(encoding="utf-8")
    schemes = [{"id": scheme.id, "text": scheme.text} for scheme in plugins.schemes.values()]
    return json.dumps(
        {"catalogue": base, "official": official_text(), "schemes": schemes}, ensure_ascii=False, sort_keys=True
    )


def read_kept(store: Store, evaluation: Evaluation) -> Kept:
    """The scheme (with the tailoring it was used with) and catalogue of a stored evaluation.

    Raises:
        EnvironmentError: their texts are not in the database, or cannot be read any more.
    """
    scheme_text = read_text(store, evaluation.scheme_digest)
    made_from = read_text(store, evaluation.catalogue_digest)
    if scheme_text is None or made_from is None:
        raise EnvironmentError("office.text-missing", evaluation=evaluation.id)
    data = json.loads(made_from)
    schemes = [read_scheme(one["text"], f"{one['id']}.yaml") for one in data["schemes"]]
    own = next((one for one in schemes if one.digest == evaluation.scheme_digest), None)
    scheme = own or read_scheme(scheme_text, f"{evaluation.scheme}.yaml")
    if evaluation.tailoring_digest is not None:
        changed = read_text(store, evaluation.tailoring_digest)
        if changed is None:
            raise EnvironmentError("office.text-missing", evaluation=evaluation.id)
        scheme = tailored(scheme, read_tailoring(changed, f"{evaluation.tailoring}.yaml"))
    official = read_official(data["official"], OFFICIAL) if "official" in data else official_days()
    base = replace(read_catalogue(data["catalogue"], FILE), official=official)
    return Kept(scheme, merge_catalogue(base, schemes))
