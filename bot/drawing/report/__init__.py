"""The report of a week or another period as a picture."""
