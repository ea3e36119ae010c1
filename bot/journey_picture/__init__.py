"""The customer's way as a picture: words and figures are put together here, and drawn in a child process."""
