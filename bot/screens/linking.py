"""One human in several messengers, in words: codes, telephone numbers, what is linked and what is not theirs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.screens.actions import encode
from bot.screens.customer_actions import DisownAccount, DisownCustomer
from bot.screens.screen import Arrangement, Choice, ChoiceGroup, Run, Screen, Style
from bot.screens.staff_actions import SplitAccount, SplitCustomer
from bot.screens.wording import Wording
from surveys.people import KnownCustomer
from surveys.rules.join_codes import show_code
from surveys.splitting import Disowned, Linked, LinkedAccount, LinkedCustomer, NotLinked, Split
from surveys.uniting import (
    CodeOffer,
    CodeView,
    CodeWrong,
    Joined,
    JoinedAlready,
    OwnCode,
    PhoneForeign,
    PhoneJoined,
    PhoneTaken,
    PhoneUnknown,
    PhoneView,
    TooManyCodes,
)

_MESSENGERS = {"telegram": "Telegram", "vk": "VK"}
_MOST_SHOWN = 20


_SAID: Mapping[type[CodeView | PhoneView], str] = {
    JoinedAlready: "linking.joined_already",
    OwnCode: "linking.own_code",
    CodeWrong: "linking.code_wrong",
    TooManyCodes: "linking.too_many",
    PhoneForeign: "linking.phone_foreign",
    PhoneUnknown: "linking.phone_unknown",
    PhoneTaken: "linking.phone_taken",
}
_TAKES_AWAY = (PhoneJoined, PhoneUnknown, PhoneTaken, JoinedAlready)
"""After these nobody needs the button that shares the number any more."""


def link_screen(view: CodeView | PhoneView) -> Screen:
    """What came of a code or a shared number; a code itself with how to use it."""
    wording = Wording(view.language)
    match view:
        case CodeOffer(code=code):
            shown = (Run(wording.text("linking.code_is")), Run("\n"), Run(show_code(code), Style.CODE))
            return Screen((shown, (Run(wording.text("linking.code_how")),)))
        case Joined(customers=customers):
            more = wording.plural("linking.joined_customers", customers) if customers else ""
            return _plain(f"{wording.text('linking.joined')} {more}".strip(), wording.text("linking.undo"))
        case PhoneJoined(customers=customers):
            said = (wording.plural("linking.phone_joined", customers), wording.text("linking.undo"))
        case _:
            said = (wording.text(_SAID[type(view)]), "")
    return _plain(*filter(None, said), takes_away=isinstance(view, _TAKES_AWAY))


def contact_screen(language: str) -> Screen:
    """The offer to share the own telephone number."""
    wording = Wording(language)
    return Screen(((Run(wording.text("linking.phone_offer")),),), asks_for_contact=wording.text("linking.phone_button"))


def linked_paragraph(accounts: Sequence[LinkedAccount], wording: Wording) -> list[tuple[Run, ...]]:
    """The other accounts that are theirs; nothing where there are none."""
    if not accounts:
        return []
    lines = [wording.text("linking.accounts"), *(_account(account) for account in accounts)]
    return [(Run("\n".join(lines)),)]


def disown_choices(
    customers: Sequence[KnownCustomer], accounts: Sequence[LinkedAccount], wording: Wording
) -> tuple[ChoiceGroup, ...]:
    """ "This is not me" for each other account and each record of the shop."""
    offered = [
        Choice(wording.text("linking.not_me", what=_account(account)), encode(DisownAccount(account.id)))
        for account in accounts
    ]
    offered += [
        Choice(wording.text("linking.not_me", what=one.name or one.external_id), encode(DisownCustomer(one.id)))
        for one in customers
    ]
    return (ChoiceGroup(Arrangement.LIST, tuple(offered[:_MOST_SHOWN])),) if offered else ()


def disowned_screen(view: Disowned | NotLinked) -> Screen:
    """What "this is not me" answers."""
    return _plain(
        Wording(view.language).text("linking.disowned" if isinstance(view, Disowned) else "linking.not_linked")
    )


def linked_screen(linked: Linked, language: str) -> Screen:
    """Who one person is, for owners: each of it can be split off where there is more than one."""
    wording = Wording(language)
    if len(linked.subjects) < 2:
        return Screen(((Run(linked_text(linked, language)),),))
    offered = [
        Choice(wording.text("linking.split_off", what=_account(account)), encode(SplitAccount(account.id)))
        for account in linked.accounts
    ]
    offered += [
        Choice(wording.text("linking.split_off", what=customer.external_id), encode(SplitCustomer(customer.id)))
        for customer in linked.customers
    ]
    return Screen(
        ((Run(linked_text(linked, language)),),), (ChoiceGroup(Arrangement.LIST, tuple(offered[:_MOST_SHOWN])),)
    )


def split_screen(split: Split | None, language: str) -> Screen:
    """What a split led to."""
    wording = Wording(language)
    if split is None:
        return _plain(wording.text("linking.stands_alone"))
    return _plain(
        wording.text("linking.was_split"), linked_text(split.stayed, language), linked_text(split.left, language)
    )


def linked_text(linked: Linked, language: str) -> str:
    """Who one person is, and how that came about, line by line."""
    wording = Wording(language)
    lines = [wording.text("linking.person", number=linked.person_id)]
    lines += [f"• {_account(account)}" for account in linked.accounts]
    lines += [f"• {_customer(customer, wording)}" for customer in linked.customers]
    for move in linked.moves[-_MOST_SHOWN:]:
        subject = next((_account(one) for one in linked.accounts if one.id == move.account_id), None) or next(
            (one.external_id for one in linked.customers if one.id == move.customer_id), ""
        )
        cause = wording.text(f"linking.cause_{move.cause}") if move.cause in _CAUSES else move.cause
        lines.append(
            f"{move.moved_at:%Y-%m-%d %H:%M} UTC: {subject}, {cause} ({move.from_person_id} → {move.to_person_id})"
        )
    return "\n".join(lines)


_CAUSES = frozenset(("named_by_shop", "customer_link", "phone", "code", "owner", "split"))


def _account(account: LinkedAccount) -> str:
    shown = f"{_MESSENGERS.get(account.channel, account.channel)} {account.external_id}"
    return shown if account.name is None else f"{shown} ({account.name[:20]})"


def _customer(customer: LinkedCustomer, wording: Wording) -> str:
    return wording.text("linking.customer", number=customer.external_id, name=customer.name or "-")


def _plain(*said: str, takes_away: bool = False) -> Screen:
    return Screen(tuple((Run(text),) for text in said), takes_keyboard_away=takes_away)


def split_usage_screen(language: str) -> Screen:
    """How /split is used."""
    return _plain(Wording(language).text("linking.split_usage"))


def unknown_screen(query: str, language: str) -> Screen:
    """Nobody is known by this."""
    return _plain(Wording(language).text("linking.split_unknown", query=query))


def several_screen(query: str, customers: Sequence[str], language: str) -> Screen:
    """The order is of several customers."""
    return _plain(Wording(language).text("linking.split_several", query=query, customers=", ".join(customers)))
