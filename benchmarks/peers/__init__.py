"""The same scheme in the words of other engines, a module each.

A module says how it is called (`NAME`) and what is installed for it (`PACKAGE`); `prepare` puts rows into the form that
the engine takes, which is not timed; `judge` gives what it finds, which is; `found` says of each row its score in
hundredths, its grade, and whether the two vetoes hold. Rows: a table of Arrow whose scores are in tenths.

All but the SQL reckon in binary floats or in decimals that end somewhere, so they round what lies a hair below a half
up (`HAIR`). What is rounded here has a denominator below a million, so no number lies nearer to a half without being
one, and the grades are exact all the same.
"""

HAIR = 1e-7
HALF = f"{0.5 + HAIR:.7f}"
"""What expressions add before they round down."""
GRADES = "ABCD"
