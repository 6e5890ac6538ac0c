"""What an office clerk wrote, read into rows ready for the store; and the tables given to the clerk to fill."""
