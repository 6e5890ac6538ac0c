"""Rules on durable-rules."""
