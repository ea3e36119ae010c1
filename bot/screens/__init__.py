"""Values from the use cases put into words: each becomes a `Screen`, which a messenger draws."""
