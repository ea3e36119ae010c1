"""The customer's way as a picture."""
