"""Pictures and printed sheets, drawn by one child process: what draws them is large and slow to load, and never enters
the bot's own."""
