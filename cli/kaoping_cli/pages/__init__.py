"""How what the office returns is printed for people."""
