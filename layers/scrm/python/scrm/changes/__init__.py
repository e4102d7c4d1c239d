"""What follows from a change of a row, derived from the table's stream (docs/events.md)."""
