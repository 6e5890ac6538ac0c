"""What the sql engine finds beside what the reference engine finds, every named value and rule of every subject."""

from kaoping.evaluation.accounts import difference, reference_account
from kaoping.evaluation.compile import compile_scheme
from kaoping.evaluation.run import Evaluation
from kaoping.office.plugins import loaded
from kaoping_sql.opinion import accounts


def bundled_plans():
    """The plans of every scheme that ships, by id."""
    plugins = loaded()
    return {scheme.id: compile_scheme(scheme, plugins.catalogue) for scheme in plugins.schemes.values()}


def differences(plan, frame, points=True, parameters=None):
    """Where the two differ, a line each, and how many cells were compared."""
    evaluation = Evaluation(plan, frame, parameters)
    sections = [plan.main] if evaluation.part else plan.sections()
    waiting = {(one.type, subject.id): one for one in sections for subject in evaluation.subjects(one)}
    lines, cells = [], 0
    for account in accounts(plan, frame, parameters, points):
        section = waiting.pop((account.section, account.subject))
        ours = reference_account(evaluation, section, account.subject)
        cells += len(ours.measures) + len(ours.outcomes) + len(ours.rules) + 2
        if found := difference(ours, account):
            lines.append(f"{account.subject}: {found}")
    assert not waiting
    return lines, cells
