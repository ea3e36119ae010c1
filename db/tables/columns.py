"""What every table is made of: the names of its constraints, and the columns that come back everywhere."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, DateTime, Identity, MetaData

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def one_of(column: str, values: tuple[str, ...]) -> str:
    """The condition of a check or an index that the column has one of these values."""
    return f"{column} in ({', '.join(repr(value) for value in values)})"


def instant(name: str, *, nullable: bool = True, comment: str | None = None) -> Column[object]:
    """A moment in time, with its zone."""
    return Column(name, DateTime(timezone=True), nullable=nullable, comment=comment)


def identity() -> Column[int]:
    """The table's own number for a row."""
    return Column("id", BigInteger, Identity(always=False), primary_key=True)
