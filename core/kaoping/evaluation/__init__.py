"""From facts to grades: the compiled plan, the reference engine, cohorts and results."""
