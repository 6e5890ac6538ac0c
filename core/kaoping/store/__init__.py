"""The embedded store: the only place that speaks SQL."""
