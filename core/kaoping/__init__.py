"""kaoping 考评: published assessment schemes as plugins, facts in, grades, reasons and consequences out."""

__version__ = "0.1.0"
