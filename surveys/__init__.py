"""The use cases, a verb each; a public one opens exactly one transaction."""
