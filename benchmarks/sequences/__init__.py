"""How fast sequences are found, and whether all are, beside what else there is."""
