"""A local stand-in for Telegram, as strict as the real one."""
