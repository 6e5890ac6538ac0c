"""What a scheme says: its model, its expressions, and reading and checking its file."""
