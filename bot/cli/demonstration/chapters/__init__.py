"""The story in chapters, one each; a chapter begins where the one before it ended."""
