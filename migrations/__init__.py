"""Alembic migrations, forward and back."""
