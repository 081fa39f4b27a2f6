"""How fast the hours book is with a million sessions in it, beside bare handlers of the same list."""
