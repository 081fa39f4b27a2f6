"""How the hours book takes to growing: the same questions of a small and of a large one."""
