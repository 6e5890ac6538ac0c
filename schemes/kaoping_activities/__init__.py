"""Activities of communities and counties: festivals, series, civic schools, figures reported, plans."""

from importlib.resources import files

from kaoping.hookspecs import hookimpl
from kaoping.scheme.model import Scheme
from kaoping.scheme.reader import read_schemes


@hookimpl
def kaoping_schemes() -> list[Scheme]:
    return read_schemes(files(__name__))
