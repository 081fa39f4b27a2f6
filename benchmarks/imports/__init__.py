"""How fast files of sequences go in, and how little memory that takes."""
