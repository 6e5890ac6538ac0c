"""What is known: types of facts, periods, and the frame one evaluation reads."""
