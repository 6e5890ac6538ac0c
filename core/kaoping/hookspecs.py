"""What a plugin may offer: one function a hook, whose docstring is its documentation (docs/hooks.md).

A plugin is a module named by an entry point in the group ``kaoping``. It implements the hooks it wants with
`hookimpl`; a hook it leaves out is simply not asked.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from pluggy import HookimplMarker, HookspecMarker, PluginManager, PluginValidationError

from kaoping.errors import DataError

if TYPE_CHECKING:  # an author reads these types; running a plugin needs none of them
    from kaoping.evaluation.accounts import FrameEngine
    from kaoping.evaluation.rulebook import Engine
    from kaoping.insight.proving import Prover
    from kaoping.scheme.model import Scheme

GROUP = "kaoping"
hookspec = HookspecMarker(GROUP)
hookimpl = HookimplMarker(GROUP)


@hookspec
def kaoping_schemes() -> Iterable[Scheme]:  # type: ignore[empty-body]
    """Offer schemes.

    Called once, when plugins are loaded. Ids are unique across all plugins; a second plugin offering a taken id is
    an error, not an override: that plugin is set aside. An error in a scheme file sets this plugin aside, with the
    file, line and column of each, and stops nothing else.

    Returns:
        The schemes, in the order ``kaoping scheme list`` should show them; nearly always
        ``read_schemes(files(__name__))``.
    """


@hookspec
def kaoping_engines() -> Iterable[Engine | FrameEngine]:  # type: ignore[empty-body]
    """Offer engines: independent opinions on the rules of a scheme, or on its measures too.

    Called once, when plugins are loaded. An engine is asked after the reference engine and never decides: where it
    differs the evaluation is refused, naming subject, rule and both values. One that has ``judge`` gets the rulebook
    and what the reference found for each measure; one that has ``assess`` gets the plan and the frame and finds the
    measures itself. It is asked where no engine of the first kind can run, and where it is named; one of those that has
    ``everybody`` too judges all subjects at once where there are many, or where it is named; one that keeps frames
    and has ``weighing`` counts what other rules would do to them. Import what is heavy inside these, and let
    ``unavailable`` say why the engine cannot run here.

    Returns:
        The engines; their names are unique across all plugins.
    """


@hookspec
def kaoping_provers() -> Iterable[Prover]:  # type: ignore[empty-body]
    """Offer provers: they find inputs for which something holds, or show that there are none.

    Called once, when plugins are loaded. ``kaoping improve`` asks for the cheapest way to a grade, ``kaoping scheme
    check`` whether rules can ever take effect. A prover is never believed: every input it finds is evaluated by the
    reference engine before anything is said. Import what is heavy when first asked, and let ``unavailable`` say why it
    cannot run here; what it does not understand it says by name (`Answer.why`), and the question stays undecided.

    Returns:
        The provers; their names are unique across all plugins. The first that can run is asked.
    """


def implementations(plugin: object, name: str) -> dict[str, Callable[[], list[Any]]]:
    """The hooks a plugin implements, checked against what is asked for here; calling one gives a list of one answer.

    Each plugin is asked by a manager of its own, so that none can stop another.

    Raises:
        DataError: the plugin implements a hook that does not exist, one in the wrong form, or none at all.
    """
    manager = PluginManager(GROUP)
    manager.add_hookspecs(sys.modules[__name__])
    known = sorted(vars(manager.hook))
    try:
        manager.register(plugin, name)
    except PluginValidationError as error:
        raise DataError("plugins.wrong-hook", plugin=name, problem=str(error).splitlines()[-1]) from None
    implemented = {hook: caller for hook, caller in vars(manager.hook).items() if caller.get_hookimpls()}
    for hook, caller in implemented.items():
        if not caller.has_spec() and not all(impl.optionalhook for impl in caller.get_hookimpls()):
            raise DataError("plugins.unknown-hook", plugin=name, hook=hook, known=", ".join(known))
    if not implemented:
        raise DataError("plugins.no-hook", plugin=name, known=", ".join(known))
    return {hook: caller for hook, caller in implemented.items() if caller.has_spec()}
