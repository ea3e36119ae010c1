"""How the customer of a case is spoken to."""

from __future__ import annotations

from collections.abc import Collection

from db.case_customers import CaseCustomer
from surveys.rules.dialogue import speak
from surveys.rules.identity import is_reachable
from surveys.rules.journey import Catalogue
from surveys.rules.placeholders import placeholder_values


def language_of_customer(catalogue: Catalogue, customer: CaseCustomer) -> str:
    """The language they chose, else the customer's when it is they, else the messenger's."""
    wishes = (customer.customer_language, customer.account_language)
    own = customer.person_id == customer.customer_person_id
    return speak(catalogue.business.languages, customer.person_language, *(wishes if own else reversed(wishes)))


def values_for(catalogue: Catalogue, customer: CaseCustomer) -> dict[str, str]:
    """What fills the placeholders of the business's texts for them."""
    return placeholder_values(
        business=catalogue.business.name,
        name=customer.shown_name,
        order_id=customer.order_id,
        attributes=customer.attributes,
    )


def can_be_written_to(customer: CaseCustomer | None, channels: Collection[str]) -> bool:
    """Whether a message would reach them by one of the channels in use, as far as is known."""
    return customer is not None and is_reachable(customer.channel, customer.account_state, channels)
