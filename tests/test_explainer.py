"""What is made ready once for many explanations gives each subject its own."""

from random import Random

import pytest
from sql_schemes import facts, random_plan

from kaoping.evaluation.run import Evaluation
from kaoping.insight.explain import Explainer, explain


@pytest.mark.parametrize("seed", range(3))
def test_one_explainer_tells_of_each_subject_what_one_of_its_own_would(seed):
    rng = Random(seed)
    plan = next(filter(None, iter(lambda: random_plan(rng), 0)))
    evaluation = Evaluation(plan, facts(rng, 40, 0.1))
    explainer = Explainer(evaluation)
    told = []
    for section in plan.sections():
        for subject in evaluation.subjects(section):
            told.append(explainer.explain(section, subject.id))
            assert told[-1] == explain(evaluation, section, subject.id)
    assert len({repr(one) for one in told}) > 1
    assert any(rule.get("facts") for one in told for rule in one["measures"])
