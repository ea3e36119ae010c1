"""What each key of the catalogue means, in a sentence: shown by editors that were given the JSON Schema."""

from __future__ import annotations

from collections.abc import Mapping

from surveys.rules.journey import (
    Business,
    Catalogue,
    CloseReason,
    ContactRules,
    Escalation,
    OpenAt,
    QuarantinePeriods,
    QuietHours,
    Reason,
    ReasonChoices,
    Recovery,
    Reports,
    ReviewLink,
    SentimentTexts,
    Survey,
    Team,
    Touchpoint,
    Way,
    WeeklyReport,
)

MEANINGS: Mapping[type, Mapping[str, str]] = {
    Catalogue: {
        "business": "The business itself.",
        "contact_rules": "Limits on disturbing people that hold for every touchpoint.",
        "touchpoints": "What happens to a customer, by name; events are reported under these names.",
        "surveys": "What is asked, by name.",
        "recovery": "How complaints are put right.",
        "reports": "What is reported by itself.",
        "journeys": "Ways through the touchpoints to follow from step to step, by name.",
    },
    Business: {
        "name": "As customers know it; {business} in texts.",
        "timezone": "IANA name such as Europe/Moscow: days, weeks and working hours are counted in it.",
        "languages": "Languages customers are spoken to in; the first is the default.",
    },
    ContactRules: {
        "quiet_hours": "When nobody is disturbed, by the customer's own clock where it is known.",
        "quarantine": "How long a person is left alone after an invitation.",
        "max_per_day": "Invitations a day in all; the rest wait for the next day.",
    },
    QuietHours: {
        "start": "From this time on nobody is disturbed.",
        "end": "From this time on people may be asked again; before `start` it means the next morning.",
    },
    QuarantinePeriods: {
        "any": "Between two invitations of any kind.",
        "relational": "Between two invitations about the whole relationship.",
    },
    Touchpoint: {
        "title": "Its name for people, in reports and on cards.",
        "stage": "When in the purchase it happens.",
        "place": "Where it happens.",
        "control": "Whether the business runs it itself.",
        "owner": "The team under recovery.teams that puts its complaints right.",
        "standard": "What good means here.",
        "survey": "The survey asked about it; without one it is only recorded.",
        "ask_after": "How long after the event to ask.",
        "ask_by": "Later than this after the event nobody is asked any more.",
        "remind_after": "One reminder this long after the question, while it is unanswered.",
        "expires_after": "How long after the real send an answer still counts.",
        "quarantine": "How long after an invitation about this touchpoint the person is left alone.",
        "when_blocked": "Whether an event that quarantine forbids to ask about waits for its end or is skipped.",
        "sample": "The share of events that are asked about.",
        "priority": "Among several events of one order the larger is asked.",
        "every": "Makes it relational: asked once in so long, without an event of its own.",
        "after": "Relational only: asked of people who had one of these touchpoints in the last period.",
    },
    Survey: {
        "metric": "nps: 0-10, csat: 1-5, ces: 1-7.",
        "question": "The question; {name|friend}, {order_id}, {product} and other placeholders are filled in.",
        "kind": "About one event, or about the whole relationship.",
        "reasons": "Buttons that say why, for each sentiment.",
        "comment": "How a comment in the customer's own words is asked for, for each sentiment.",
        "thanks": "The last words, for each sentiment.",
        "review_links": "Where a public review may be left; offered whatever the score.",
    },
    ReasonChoices: {
        "negative": "After 0-6 (NPS), 1-2 (CSAT), 1-3 (CES).",
        "neutral": "After 7-8 (NPS), 3 (CSAT), 4 (CES).",
        "positive": "After 9-10 (NPS), 4-5 (CSAT), 5-7 (CES).",
    },
    SentimentTexts: {
        "negative": "After 0-6 (NPS), 1-2 (CSAT), 1-3 (CES).",
        "neutral": "After 7-8 (NPS), 3 (CSAT), 4 (CES).",
        "positive": "After 9-10 (NPS), 4-5 (CSAT), 5-7 (CES).",
    },
    Reason: {
        "key": "Its name in reports and exports; keep it when the title changes.",
        "title": "The button; 40 characters at most.",
    },
    ReviewLink: {"title": "The button.", "url": "Where it leads."},
    Recovery: {
        "open_at": "The score at or below which a case opens, for each metric.",
        "teams": "Those who put complaints right, by name.",
        "first_response": "Promised time until somebody reacts, in the team's working hours.",
        "resolve": "Promised time until it is put right, in the team's working hours.",
        "ask_again_after": "How long after it was put right the customer is asked again; null for never.",
        "close_reasons": "How a case can be put right; staff choose one.",
    },
    OpenAt: {"nps": "0 to 10.", "csat": "1 to 5.", "ces": "1 to 7."},
    Team: {
        "chat": "The team's chat; staff is OTKLIK_STAFF_CHAT, others are set by /here NAME in the chat.",
        "working_hours": "When the team works; without it, round the clock.",
        "escalate": "Who else is told when a case waits.",
    },
    Escalation: {"after": "How long the case has waited, in working hours.", "to": "Who is told."},
    CloseReason: {"key": "Its name in reports and exports.", "title": "The button."},
    Way: {
        "steps": "The touchpoints of the way, in the order in which a customer comes to them.",
        "title": "Its name for people.",
        "within": "How long after the first step a later one still belongs to the same way.",
    },
    Reports: {"weekly": "When the report on the last complete week is posted."},
    WeeklyReport: {"day": "Day of the week.", "at": "Time of day in the business's zone."},
}
"""By dataclass and by key as the file has it."""
