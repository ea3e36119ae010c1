"""Which person a customer is, from the messenger identities the shop names.

A customer belongs to the person of an account the shop names for it. Already so: nothing moves. Otherwise it
goes to the first named account's person, Telegram before VK; a new customer without a known account is a new person.
See docs/decisions/0003-persons-are-pointers.md.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from surveys.rules.incoming import IncomingCustomer

Identity = tuple[str, int]
"""A channel and the messenger's own id."""

MESSENGER_CHANNELS = ("telegram", "vk")
"""Channels by which a shop may name somebody, in the order their accounts are gone by."""

ALWAYS_IN_USE = frozenset({"telegram"})
"""Channels a question can go out by from the start; VK joins them once its community answered this installation.

An account elsewhere is kept, and its owner counts as not reachable yet.
"""

REACHABLE_STATES = ("connected", "presumed")
"""States in which an account may be written to, the better one first."""


def is_reachable(channel: str, state: str, in_use: Collection[str]) -> bool:
    """Whether an account of this channel, in this state, may be asked; `in_use` are the channels somebody sends by."""
    return channel in in_use and state in REACHABLE_STATES


@dataclass(frozen=True, slots=True)
class CustomerMove:
    """A known customer that turns out to be another person."""

    customer: str
    from_person: int
    to_person: int


@dataclass(slots=True)
class Identities:
    """Who is who: persons are ids, negative ones are new.

    `new_customers` and `new_accounts` are those that `customers` and `accounts` gained; `separated` are customers and
    accounts that are not one person, whatever the shop names.
    """

    customers: dict[str, int]
    accounts: dict[Identity, int]
    new_customers: dict[str, int] = field(default_factory=dict)
    new_accounts: dict[Identity, int] = field(default_factory=dict)
    moves: list[CustomerMove] = field(default_factory=list)
    separated: Collection[tuple[str, Identity]] = ()

    def add(self, customer: IncomingCustomer) -> None:
        """Find out which person the customer is, and note what was learnt of them."""
        identities = named_identities(customer)
        known = [
            self.accounts[identity]
            for identity in identities
            if identity in self.accounts and (customer.id, identity) not in self.separated
        ]
        person = self.customers.get(customer.id)
        if person is None:
            person = known[0] if known else -1 - len(self.new_customers)
            self.customers[customer.id] = self.new_customers[customer.id] = person
        elif known and person not in known:
            self._move(customer.id, person, known[0])
            person = known[0]
        for identity in identities:
            if identity not in self.accounts:
                self.accounts[identity] = self.new_accounts[identity] = person

    def _move(self, customer: str, person: int, to_person: int) -> None:
        self.customers[customer] = to_person
        if customer not in self.new_customers:
            self.moves.append(CustomerMove(customer, person, to_person))
            return
        self.new_customers[customer] = to_person
        if person not in self.customers.values():
            for identity, owner in self.new_accounts.items():
                if owner == person:
                    self.accounts[identity] = self.new_accounts[identity] = to_person

    @property
    def new_persons(self) -> set[int]:
        """The new persons somebody or something belongs to."""
        return {person for person in (*self.new_customers.values(), *self.new_accounts.values()) if person < 0}


def named_identities(customer: IncomingCustomer) -> list[Identity]:
    """The messenger identities the shop names for the customer, Telegram first."""
    named = zip(MESSENGER_CHANNELS, (customer.telegram_id, customer.vk_id), strict=True)
    return [(channel, external_id) for channel, external_id in named if external_id is not None]


def identify(
    incoming: Iterable[IncomingCustomer],
    customers: Mapping[str, int],
    accounts: Mapping[Identity, int],
    separated: Collection[tuple[str, Identity]] = (),
) -> Identities:
    """The persons of these customers, in the order they were reported."""
    found = Identities(dict(customers), dict(accounts), separated=separated)
    for customer in incoming:
        found.add(customer)
    return found
