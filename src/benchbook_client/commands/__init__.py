"""The commands of ``bb``, one file a subject. Each asks the API and says what came of it."""
