"""The printed sheet of an entry point: its question, the business, a code for each messenger."""

from __future__ import annotations

from collections.abc import Mapping

from bot.drawing.poster.sheet import Format, Poster
from bot.links import MESSENGERS
from bot.screens.wording import Wording
from surveys.entering import EntryPoint
from surveys.rules.asking import survey_of
from surveys.rules.journey import Catalogue
from surveys.rules.languages import pick
from surveys.rules.placeholders import fill, placeholder_values


def poster_of(
    catalogue: Catalogue, point: EntryPoint, links: Mapping[str, str], language: str, form: Format = "png"
) -> Poster:
    """What is printed, in this language; `links` are the entry point's addresses by messenger."""
    asked = survey_of(catalogue, point.touchpoint)
    attributes = {} if point.location is None else {"location": point.location}
    values = placeholder_values(business=catalogue.business.name, name=None, order_id=None, attributes=attributes)
    question = "" if asked is None else fill(pick(asked[1].question, language), values)
    return Poster(
        business=catalogue.business.name,
        question=question,
        invitation=Wording(language).text("entering.scan"),
        codes={MESSENGERS[channel]: address for channel, address in links.items()},
        place=point.location,
        form=form,
    )


def file_name(point: EntryPoint, form: str) -> str:
    """A name for the sheet's file."""
    place = (
        ""
        if point.location is None
        else "-" + "".join(character if character.isalnum() else "-" for character in point.location)
    )
    return f"qr-{point.touchpoint}{place}.{form}"
