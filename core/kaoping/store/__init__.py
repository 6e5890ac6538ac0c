"""What is known and what was found, kept in one SQLite file; the only SQL of the project."""
