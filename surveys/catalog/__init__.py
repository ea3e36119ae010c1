"""What the business configured: YAML read, checked and turned into the rules' own values."""
