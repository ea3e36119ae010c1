"""Print-ready sheets with QR codes."""
