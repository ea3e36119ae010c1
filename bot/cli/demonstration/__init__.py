"""The demo: the real product against the sandbox's messenger, on a clock that can be moved."""
