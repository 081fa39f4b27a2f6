"""Shifts by the batch, and a week's roster as the table grows."""
