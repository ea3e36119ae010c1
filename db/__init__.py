"""Tables, the connection pool, typed queries and the embedded server; no decisions."""
