"""Civilised units and campuses, and the supervision of a county's creation work."""

from importlib.resources import files

from kaoping.hookspecs import hookimpl
from kaoping.scheme.model import Scheme
from kaoping.scheme.reader import read_schemes


@hookimpl
def kaoping_schemes() -> list[Scheme]:
    return read_schemes(files(__name__))
