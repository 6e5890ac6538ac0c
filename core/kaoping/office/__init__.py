"""The use cases, one function each: what the command line and every other face of kaoping may do.

A function takes the `Desk` it works at (database, actor, clock, language) and its arguments, and returns plain data
that can be written as JSON; what a user can cause is raised as a `KaopingError`. There is a module for each noun.
"""
