"""What people agreed to: each change with who said so, and the word in force with the person."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from db.database import Transaction


async def shop_says(transaction: Transaction, agreed: Mapping[int, bool], *, now: datetime) -> int:
    """Take over what the shop says of these persons' consent to offers; how many of them changed.

    Whoever settled it themselves is left alone. The persons must be locked.
    """
    if not agreed:
        return 0
    return await transaction.run(
        """
        with said as (
            select * from unnest($1::bigint[], $2::boolean[]) as said (person_id, given)
        ), changed as (
            update persons p set offers_consent = said.given
              from said
             where p.id = said.person_id and p.offers_consent is distinct from said.given
               and not exists (select from consents c
                                where c.person_id = p.id and c.kind = 'offers' and c.source = 'customer')
            returning p.id, said.given
        )
        insert into consents (person_id, kind, given, source, at) select id, 'offers', given, 'shop', $3 from changed
        """,
        list(agreed),
        list(agreed.values()),
        now,
    )


async def customer_says(transaction: Transaction, person_id: int, *, given: bool, now: datetime) -> None:
    """The person's own word on offers; said once more it changes nothing. The person must be locked."""
    await transaction.run(
        """
        with changed as (
            update persons set offers_consent = $2 where id = $1
        )
        insert into consents (person_id, kind, given, source, at)
        select $1, 'offers', $2, 'customer', $3
         where $2 is distinct from (select c.given from consents c
                                     where c.person_id = $1 and c.kind = 'offers' and c.source = 'customer'
                                     order by c.id desc limit 1)
        """,
        person_id,
        given,
        now,
    )


async def agreed_to_offers(transaction: Transaction, person_id: int) -> bool | None:
    """Whether the person agreed to be sent offers; None when nobody asked."""
    agreed = await transaction.value("select offers_consent from persons where id = $1", person_id)
    assert agreed is None or isinstance(agreed, bool)
    return agreed


async def carry_over(transaction: Transaction, from_person_id: int, to_person_id: int) -> None:
    """Two persons turned out to be one: what the one said is said by the other, and the own word still counts most.

    Both persons must be locked; nothing is carried over while the shop knows somebody else as the first.
    """
    await transaction.run(
        """
        insert into consents (person_id, kind, given, source, at)
        select $2, kind, given, source, at from consents
         where person_id = $1 and not exists (select from customers where person_id = $1)
         order by id
        """,
        from_person_id,
        to_person_id,
    )
    await transaction.run(
        """
        update persons p set offers_consent = said.given
          from (select given from consents where person_id = $1 and kind = 'offers'
                 order by source = 'customer' desc, at desc, id desc limit 1) said
         where p.id = $1
        """,
        to_person_id,
    )


async def keep_refusal(transaction: Transaction, from_person_id: int, to_person_id: int) -> None:
    """One person turned out to be two: who refused offers while they were together is sent none as either.

    Both persons must be locked.
    """
    await transaction.run(
        """
        with last_word as (
            select kind, given, source, at from consents
             where person_id = $1 and kind = 'offers' and source = 'customer'
             order by at desc, id desc limit 1
        ), refused as (
            insert into consents (person_id, kind, given, source, at)
            select $2, kind, given, source, at from last_word where not given
            returning person_id
        )
        update persons p set offers_consent = false from refused where p.id = refused.person_id
        """,
        from_person_id,
        to_person_id,
    )
