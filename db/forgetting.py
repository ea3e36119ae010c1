"""Taking a person out of everything that is stored, so that their scores belong to nobody."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from db.comments import forget_readings
from db.database import Transaction


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What was taken out: the answers that stay without a name, and the cases that do."""

    responses: tuple[int, ...]
    cases: tuple[int, ...]


async def forget(transaction: Transaction, person_id: int, *, now: datetime) -> Forgotten:
    """Unlink and erase all that names the person; the caller holds the person's lock.

    The messenger ids stay behind as bare numbers of a person nobody may ask: see docs/decisions/0004-forgetting.md.
    """
    accounts = await _ids(transaction, "select id from accounts where person_id = $1", person_id)
    customers = await _ids(transaction, "select id from customers where person_id = $1", person_id)
    await _lock_invitations(transaction, accounts, customers)
    await _rename_entries(transaction, accounts)
    responses = await _unlink_responses(transaction, accounts, customers)
    await forget_readings(transaction, responses)
    cases = await _unlink_cases(transaction, accounts, customers, responses)
    await _erase_recovery(transaction, person_id, cases)
    await _unlink_invitations(transaction, accounts, customers, now)
    await _unlink_events(transaction, customers)
    await transaction.run("delete from messages where account_id = any($1::bigint[])", accounts)
    await transaction.run("delete from order_bindings where account_id = any($1::bigint[])", accounts)
    await transaction.run("delete from person_moves where account_id = any($1::bigint[])", accounts)
    for table in ("join_codes", "wrong_codes", "connections", "separations"):
        await transaction.run(f"delete from {table} where account_id = any($1::bigint[])", accounts)
    await transaction.run("delete from touchpoint_opt_outs where person_id = $1", person_id)
    await transaction.run("delete from customers where id = any($1::bigint[])", customers)
    await transaction.run(
        "update accounts set name = null, language = null, last_used_at = null where id = any($1::bigint[])", accounts
    )
    await transaction.run(
        "update persons set language = null, offers_consent = null, opted_out_at = $2 where id = $1", person_id, now
    )
    return Forgotten(tuple(responses), tuple(cases))


async def _ids(transaction: Transaction, query: str, *arguments: object) -> list[int]:
    return [row["id"] for row in await transaction.rows(query, *arguments)]


async def _lock_invitations(transaction: Transaction, accounts: list[int], customers: list[int]) -> None:
    """Whoever answers at this moment has done so, or finds nobody to answer for: a tap locks its invitation alone."""
    await transaction.rows(
        """
        select from invitations where account_id = any($1::bigint[]) or customer_id = any($2::bigint[])
        order by id for no key update
        """,
        accounts,
        customers,
    )


async def _unlink_responses(transaction: Transaction, accounts: list[int], customers: list[int]) -> list[int]:
    """What the person wrote goes; what somebody else wrote about the person's order only loses the person."""
    return await _ids(
        transaction,
        """
        update responses
           set comment = case when account_id = any($1::bigint[]) or account_id is null then null else comment end,
               step = case when account_id = any($1::bigint[]) then 'done' else step end,
               order_id = null,
               account_id = case when account_id = any($1::bigint[]) then null else account_id end,
               customer_id = case when customer_id = any($2::bigint[]) then null else customer_id end
         where account_id = any($1::bigint[]) or customer_id = any($2::bigint[])
        returning id
        """,
        accounts,
        customers,
    )


async def _unlink_cases(
    transaction: Transaction, accounts: list[int], customers: list[int], responses: list[int]
) -> list[int]:
    """Staff's notes on the person's complaints go too: they may name them. So do the shop's ids, which lead back."""
    cases = await _ids(
        transaction,
        """
        update cases
           set account_id = case when account_id = any($1::bigint[]) then null else account_id end,
               customer_id = case when customer_id = any($2::bigint[]) then null else customer_id end,
               order_id = null, external_id = null
         where id in (select id from cases where account_id = any($1::bigint[])
                      union select id from cases where customer_id = any($2::bigint[])
                      union select id from cases where response_id = any($3::bigint[]))
        returning id
        """,
        accounts,
        customers,
        responses,
    )
    await transaction.run(
        "update case_moves set note = null where case_id = any($1::bigint[]) and note is not null", cases
    )
    return cases


async def _erase_recovery(transaction: Transaction, person_id: int, cases: list[int]) -> None:
    """What staff wrote to the person, when they wished to be called, what they agreed to; a code stays used."""
    await transaction.run("delete from staff_messages where case_id = any($1::bigint[])", cases)
    await transaction.run("delete from case_forms where case_id = any($1::bigint[])", cases)
    await transaction.run("delete from call_requests where case_id = any($1::bigint[])", cases)
    await transaction.run("delete from consents where person_id = $1", person_id)
    await transaction.run("update promo_codes set person_id = null where person_id = $1", person_id)


async def _unlink_invitations(
    transaction: Transaction, accounts: list[int], customers: list[int], now: datetime
) -> None:
    """What was not asked yet never is; an invitation that is being sent keeps its account until that has ended."""
    await transaction.run(
        """
        with stopped as (
            update invitations
               set state = 'skipped', reason = 'opted_out', changed_at = $3
             where state in ('planned', 'waiting')
               and (account_id = any($1::bigint[]) or (customer_id = any($2::bigint[]) and account_id is null))
            returning id
        ), noted as (
            insert into invitation_steps (invitation_id, at, step, reason)
            select id, $3, 'skipped', 'opted_out' from stopped
        )
        update schedule s set state = 'dropped', reason = 'opted_out', settled_at = $3, retry_at = null
          from stopped where s.kind in ('invitation', 'reminder') and s.subject_id = stopped.id and s.state = 'due'
        """,
        accounts,
        customers,
        now,
    )
    await transaction.run(
        """
        update invitations
           set account_id = case when account_id = any($1::bigint[]) and state <> 'sending' then null
                            else account_id end,
               customer_id = case when customer_id = any($2::bigint[]) then null else customer_id end,
               other_account_id = null,
               question = case when account_id = any($1::bigint[]) then null else question end,
               order_id = null
         where account_id = any($1::bigint[]) or customer_id = any($2::bigint[])
        """,
        accounts,
        customers,
    )


async def _rename_entries(transaction: Transaction, accounts: list[int]) -> None:
    """The ids of the events that scanning made name the account."""
    await transaction.run(
        """
        update touchpoint_events set external_id = 'forgotten:' || id
         where id in (select event_id from invitations
                       where account_id = any($1::bigint[]) and entry_token is not null)
        """,
        accounts,
    )


async def _unlink_events(transaction: Transaction, customers: list[int]) -> None:
    """The shop's ids of events and orders lead back to the customer, so they go as well."""
    await transaction.run(
        """
        update touchpoint_events
           set external_id = 'forgotten:' || id, order_id = null, customer_id = null
         where customer_id = any($1::bigint[])
        """,
        customers,
    )
