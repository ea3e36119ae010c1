"""Pure decisions over frozen values: the standard library only, and `now` is an argument."""
