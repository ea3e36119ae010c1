"""Everything that touches the outside: messengers, HTTP, the command line, the clock."""
