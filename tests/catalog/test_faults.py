"""Every fault the checks know, each made by a small edit of the sample: its line, its key, its fix."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from surveys.catalog.faults import Fault, Severity
from surveys.catalog.reading import read_catalogue
from surveys.catalog.sample import sample_source

SAMPLE = sample_source()
DELIVERY = "    survey: delivery-csat\n"
LATE = "        - {key: late, title: {ru: Опоздали, en: Late}}\n"


@dataclass(frozen=True, slots=True)
class Slip:
    """An edit of the sample, and the fault it makes: `at` is text on the line to blame."""

    old: str
    new: str
    at: str
    key: str
    message: str
    fix: str


# ruff: noqa: E501 (a table of slips reads better in rows)
# fmt: off
ERRORS = [
    Slip("    owner: logistics\n", "    ownr: logistics\n", "ownr", "touchpoints.delivery.ownr", "no key ownr", "mean owner?"),
    Slip("business:\n", "busines: 1\nbusiness:\n", "busines: 1", "busines", "no key busines", "mean business?"),
    Slip("  first_response: PT30M", "  first_respons: PT30M", "first_respons:", "recovery.first_respons", "no key", "first_response?"),
    Slip("ask_after: PT2H", "ask_after: 2H", "2H", "touchpoints.delivery.ask_after", "lacks the P", "Write PT2H"),
    Slip("ask_after: PT2H", "ask_after: P2H", "P2H", "touchpoints.delivery.ask_after", "lacks the T", "Write PT2H"),
    Slip("ask_after: PT2H", "ask_after: PT2\n", "PT2", "touchpoints.delivery.ask_after", "no unit", "PT2H"),
    Slip("ask_after: PT2H", "ask_after: 2", ": 2\n", "touchpoints.delivery.ask_after", "no unit", "PT2H"),
    Slip("ask_after: PT2H", "ask_after: -PT2H", "-PT2H", "touchpoints.delivery.ask_after", "negative", "Write PT2H"),
    Slip("ask_after: PT2H", "ask_after: P1M", "P1M", "touchpoints.delivery.ask_after", "months", "P30D"),
    Slip("every: P90D", "every: P3M", "P3M", "touchpoints.relationship.every", "months", "P90D"),
    Slip("every: P90D", "every: P1Y", "P1Y", "touchpoints.relationship.every", "years", "P365D"),
    Slip("any: P7D", "any: P1W", "P1W", "contact_rules.quarantine.any", "weeks", "P7D"),
    Slip("every: P90D", "every: PT0S", "PT0S", "touchpoints.relationship.every", "longer than nothing", "PT2H"),
    Slip("{start: \"21:00\", end", "{start: \"9 pm\", end", "9 pm", "contact_rules.quiet_hours.start", "not a time", "21:30"),
    Slip('start: "21:00", end: "10:00"', 'start: "21:00", end: "21:00"', "quiet_hours:", "contact_rules.quiet_hours", "never open", "10:00"),
    Slip('start: "21:00", end: "10:00"', 'start: "21:00"', "quiet_hours:", "contact_rules.quiet_hours.end", "missing", "Add end"),
    Slip("timezone: Europe/Moscow", "timezone: Moscow", "timezone:", "business.timezone", "not a time zone", "Europe/Moscow"),
    Slip("timezone: Europe/Moscow", "timezone: Europe/Moskva", "timezone:", "business.timezone", "not a time zone", "Europe/Moscow?"),
    Slip("timezone: Europe/Moscow", "timezone: MSK", "timezone:", "business.timezone", "not a time zone", "Europe/Moscow?"),
    Slip("timezone: Europe/Moscow", "timezone: PETT", "timezone:", "business.timezone", "not a time zone", "Asia/Kamchatka?"),
    Slip("  timezone: Europe/Moscow\n", "", "business:", "business.timezone", "missing", "Europe/Moscow"),
    Slip("languages: [ru, en]", "languages: [ru, en, ru]", "languages:", "business.languages[2]", "second time", "once"),
    Slip("languages: [ru, en]", "languages: [ru, English]", "languages:", "business.languages[1]", "language code", "ru, en"),
    Slip("languages: [ru, en]", "languages: ru", "languages:", "business.languages", "a list", "[one, two]"),
    Slip("languages: [ru, en]", "languages: []", "languages:", "business.languages", "empty", "at least one"),
    Slip(DELIVERY, "    survey: delivery-cast\n", "delivery-cast", "touchpoints.delivery.survey", "no survey", "delivery-csat?"),
    Slip("after: [delivery, visit,", "after: [delivry, visit,", "delivry", "touchpoints.relationship.after[0]", "no touchpoint", "delivery?"),
    Slip("after: [delivery, visit,", "after: [delivery, delivery,", "after: [", "touchpoints.relationship.after[1]", "second", "once"),
    Slip("[delivery, visit, product]", "[relationship]", "[relationship]", "touchpoints.relationship.after[0]", "relational itself", "visit"),
    Slip("    owner: kitchen\n", "    owner: kitchn\n", "kitchn", "touchpoints.product.owner", "no team kitchn", "kitchen?"),
    Slip("[consultation, checkout,", "[consultatio, checkout,", "consultatio,", "journeys.online-order.steps[0]", "no touchpoint", "consultation?"),
    Slip("[consultation, checkout,", "[checkout, checkout,", "steps: [checkout", "journeys.online-order.steps[1]", "second time", "once"),
    Slip("[consultation, checkout,", "[relationship, checkout,", "relationship, ch", "journeys.online-order.steps[0]", "is relational", "delivery"),
    Slip("steps: [consultation, checkout, delivery]", "steps: [delivery]", "steps:", "journeys.online-order.steps", "at least two", "in order"),
    Slip("    steps: [consultation, checkout, delivery]\n", "", "online-order:", "journeys.online-order.steps", "missing", "Add steps"),
    Slip("within: P14D", "within: PT0M", "PT0M", "journeys.online-order.within", "longer than nothing", "PT2H"),
    Slip("    within: P14D", "    witin: P14D", "witin", "journeys.online-order.witin", "no key", "within?"),
    Slip("    after: [delivery, visit, product]\n", "", "every: P90D", "touchpoints.relationship.every", "no after", "Add after"),
    Slip("    every: P90D\n", "", "after: [delivery", "touchpoints.relationship.after", "relational", "every"),
    Slip("    every: P90D\n    after: [delivery, visit, product]\n", "", "survey: relationship", "touchpoints.relationship.survey", "no every", "every: P90D"),
    Slip("    kind: relational\n", "", "survey: relationship", "touchpoints.relationship.survey", "transactional", "kind: relational"),
    Slip("    every: P90D\n", "    every: P90D\n    ask_after: PT1S\n", "PT1S", "touchpoints.relationship.ask_after", "no meaning", "Remove"),
    Slip("    every: P90D\n", "    every: P90D\n    priority: 77\n", "77", "touchpoints.relationship.priority", "no meaning", "Remove"),
    Slip("    ask_after: PT2H\n    ask_by: P2D", "    ask_after: PT2H\n    ask_by: PT1H", "ask_by: PT1H", "touchpoints.delivery.ask_by", "not later than ask_after PT2H", "PT15H"),
    Slip("sample: 0.2 ", "sample: 20 ", "sample: 20", "touchpoints.site-search.sample", "out of range", "at most 1"),
    Slip("sample: 0.2 ", "sample: -0.1 ", "sample: -0.1", "touchpoints.site-search.sample", "out of range", "at least 0"),
    Slip("sample: 0.2 ", "sample: 20% ", "sample: 20%", "touchpoints.site-search.sample", "number", "0.5"),
    Slip("sample: 0.2 ", "sample: .nan ", "sample: .nan", "touchpoints.site-search.sample", "number", "0.5"),
    Slip("max_per_day: 500", "max_per_day: many", "many", "contact_rules.max_per_day", "whole number", "digits"),
    Slip("max_per_day: 500", "max_per_day: 1.5", "1.5", "contact_rules.max_per_day", "whole number", "digits"),
    Slip("    stage: before\n    place: online\n    control: direct\n    owner: site\n", "    stage: befor\n    owner: site\n", "befor\n", "touchpoints.site-search.stage", "possible values", "before?"),
    Slip("when_blocked: delay\n    priority", "when_blocked: wait\n    priority", "wait", "touchpoints.product.when_blocked", "possible values", "skip"),
    Slip("  site-search:\n    title", "  Поиск:\n    title", "Поиск:", "touchpoints.Поиск", "not a name", "a-z"),
    Slip("  support-ces:\n    metric", "  spare:\n    metric: nps\n    question: {ru: a, en: b}\n  support-ces:\n    metric", "spare:", "surveys.spare", "no touchpoint uses", "survey: spare"),
    Slip("metric: nps\n    kind", "metric: npss\n    kind", "npss", "surveys.relationship-nps.metric", "possible values", "nps?"),
    Slip("    metric: nps\n    kind", "    kind", "relationship-nps:\n", "surveys.relationship-nps.metric", "missing", "nps, csat or ces"),
    Slip("      en: \"{name|}, would you recommend {business} to friends and family? 0 is certainly not, 10 is by all means.\"\n", "", "question:\n      ru: \"{name|}, посоветуете ли вы «", "surveys.relationship-nps.question", "text in en is missing", "Add en"),
    Slip("{ru: Опоздали, en: Late}", "{ru: Опоздали}", "key: late", "surveys.delivery-csat.reasons.negative[0].title", "en is missing", "Add en"),
    Slip("{ru: Опоздали, en: Late}", "{ru: Опоздали, en: }", "key: late", "surveys.delivery-csat.reasons.negative[0].title.en", "nothing is written", "remove"),
    Slip("{ru: Опоздали, en: Late}", "{ru: Опоздали, en: 5}", "key: late", "surveys.delivery-csat.reasons.negative[0].title.en", "not a text", "in quotes"),
    Slip("{ru: Опоздали, en: Late}", "{ru: Опоздали, очень, en: Late}", "key: late", "surveys.delivery-csat.reasons.negative[0].title.очень", "language code", "comma"),
    Slip("{ru: Опоздали, en: Late}", '{ru: "{name}", en: Late}', "key: late", "surveys.delivery-csat.reasons.negative[0].title.ru", "not filled here", "braces"),
    Slip(LATE, LATE + LATE.replace("Late", "Later"), "Later", "surveys.delivery-csat.reasons.negative[1].key", "second time", "own key"),
    Slip("key: late,", "key: a_reason_whose_key_goes_on_and_on_and_on,", "goes_on", "surveys.delivery-csat.reasons.negative[0].key", "too long for a button", "32"),
    Slip("key: late,", "key: Late,", "key: Late", "surveys.delivery-csat.reasons.negative[0].key", "not a name", "a-z"),
    Slip("- {key: late, title", "- {keys: late, title", "keys: late", "surveys.delivery-csat.reasons.negative[0].keys", "no key keys", "mean key?"),
    Slip("{order_id|}? 1 —", "{order|}? 1 —", "{order|}", "surveys.delivery-csat.question.ru", "no placeholder {order}", "order_id?"),
    Slip("{order_id|}? 1 —", "{courier}? 1 —", "{courier}", "surveys.delivery-csat.question.ru", "no placeholder {courier}", "attributes."),
    Slip("{order_id|}? 1 —", "{order_id? 1 —", "{order_id?", "surveys.delivery-csat.question.ru", "brace", "{name|friend}"),
    Slip("ru: \"{name|}, как вам доставка заказа {order_id|}? 1 — очень плохо, 5 — отлично.\"", "ru: \"{name}!\"", "{name}!", "surveys.delivery-csat.question.ru", "nothing is left", "Add words"),
    Slip("https://guide.example.com/teply-khleb", "guide.example.com", "guide.example.com", "surveys.visit-csat.review_links[1].url", "not a web address", "https://"),
    Slip("https://guide.example.com/teply-khleb", "javascript:alert(1)", "javascript", "surveys.visit-csat.review_links[1].url", "not a web address", "https://"),
    Slip("open_at: {nps: 6,", "open_at: {nps: 11,", "open_at", "recovery.open_at.nps", "out of range", "at most 10"),
    Slip("csat: 2, ces", "csat: 0, ces", "open_at", "recovery.open_at.csat", "out of range", "at least 1"),
    Slip('{mon-sun: "07:00-21:00"', '{mon-sun: "7-21"', '"7-21"', "recovery.teams.kitchen.working_hours.mon-sun", "not an interval", "09:00-18:00"),
    Slip('{mon-sun: "07:00-21:00"', '{mon-sun: "21:00-07:00"', "21:00-07:00", "recovery.teams.kitchen.working_hours.mon-sun", "closes before it opens", "24:00"),
    Slip('{mon-sun: "07:00-21:00"', '{weekdays: "07:00-21:00"', "weekdays", "recovery.teams.kitchen.working_hours.weekdays", "not a day", "mon-fri"),
    Slip('{mon-sun: "07:00-21:00"', '{monday: "07:00-21:00"', "{monday:", "recovery.teams.kitchen.working_hours.monday", "not a day", "mean mon?"),
    Slip('{mon-sun: "07:00-21:00"', '{sat-mon: "07:00-21:00"', "sat-mon", "recovery.teams.kitchen.working_hours.sat-mon", "backwards", "sat-sun and mon-mon"),
    Slip('{mon-sun: "07:00-21:00"', '{mon-sun: "07:00-21:00", fri: "08:00-09:00"', "fri: \"08", "recovery.teams.kitchen.working_hours.fri", "second time", "once"),
    Slip('{mon-sun: "07:00-21:00", holidays: [2027-01-01]}', "{holidays: []}", "holidays: []", "recovery.teams.kitchen.working_hours", "never works", "mon-fri"),
    Slip("[2027-01-01, 2027-01-02]", "[2027-01-01, 2027-02-30]", "2027-02-30", "recovery.teams.service.working_hours.holidays[1]", "calendar", "2027-01-01"),
    Slip("[2027-01-01, 2027-01-02]", "[2027-01-01, 1.1.27]", "1.1.27", "recovery.teams.service.working_hours.holidays[1]", "not a date", "2027-01-01"),
    Slip("{after: PT1H, to: managers}", "{after: PT1H, to: boss}", "boss", "recovery.teams.kitchen.escalate[0].to", "possible values", "managers, owners"),
    Slip("{after: PT1H, to: managers}", "{to: managers}", "- {to: managers}", "recovery.teams.kitchen.escalate[0].after", "missing", "PT30M"),
    Slip("- {after: PT4H, to: owners}", "- {after: PT1H, to: managers}", "- {after: PT1H, to: managers}\n    logistics", "recovery.teams.kitchen.escalate[1]", "already", "Remove"),
    Slip("{key: replaced,", "{key: refund,", "Испекли", "recovery.close_reasons[1].key", "second time", "own key"),
    Slip("key: courier\n", "key: lateness\n", "key: lateness\n    title: {ru: Курьер", "themes[1].key", "second time", "own key"),
    Slip("{ru: Курьер, en: The courier}", "{ru: Курьер}", "title: {ru: Курьер}", "themes[1].title", "en is missing", "Add en"),
    Slip("words: {ru: [очередь], en: [queue, line]}", "words: {}", "words: {}", "themes[9].words", "no words", "words: {ru:"),
    Slip("words: {ru: [очередь], en: [queue, line]}", "words: {ru: [очередь], de: [schlange]}", "de: [", "themes[9].words.de", "no key de", "There are"),
    Slip("words: {ru: [очередь], en: [queue, line]}", "words: {ru: очередь}", "очередь}", "themes[9].words.ru", "a list", "[one, two]"),
    Slip("words: {ru: [очередь], en: [queue, line]}", 'words: {ru: [очередь, "№ 1"]}', '"№ 1"', "themes[9].words.ru[1]", "no word in", "a phrase"),
    Slip("en: [nothing wrong]", "en: [wrong]", "[wrong]", "themes[3].not_words.en[0]", "never be found", "longer phrases"),
    Slip("    words: {ru: [очередь], en: [queue, line]}\n", "", "- key: queue", "themes[9].words", "missing", "Add words"),
    Slip("  - key: queue\n", "  - keys: queue\n", "keys: queue", "themes[9].keys", "no key keys", "mean key?"),
    Slip("day: monday", "day: mon", "day: mon,", "reports.weekly.day", "not a day", "monday?"),
    Slip('at: "09:00"', 'at: "24:00"', "24:00", "reports.weekly.at", "not a time of day", "00:00"),
    Slip("reports:\n  weekly: {day: monday, at: \"09:00\"}", "reports:\n  weekly: monday", "weekly: monday", "reports.weekly", "group of keys", "Indent"),
    Slip("share: 0.5, at_least", "share: 0, at_least", "share: 0,", "alarms.burst.share", "out of range", "at least 0.05"),
    Slip("within: PT6H, urgent", "within: P8D, urgent", "P8D", "alarms.burst.within", "no burst any more", "at most P7D"),
    Slip("against: P56D", "against: P6D", "P6D", "alarms.drop.against", "shorter than over P7D", "longer time"),
    Slip("against: P56D", "against: P400D", "P400D", "alarms.drop.against", "too long ago", "P366D"),
    Slip("against: P56D, at_least: 30", "against: P56D, at_least: 4", "at_least: 4}", "alarms.drop.at_least", "out of range", "at least 5"),
    Slip("nobody_answered: {days: 3", "nobody_answered: {days: P3D", "days: P3D", "alarms.nobody_answered.days", "whole number", "digits"),
    Slip("  nothing_sent: {", "  nothing_send: {", "nothing_send:", "alarms.nothing_send", "no key nothing_send", "nothing_sent?"),
    Slip("    touchpoint: consultation\n", "    touchpoint: consultaton\n", "touchpoint: consultaton", "trials.consultation-reminder.touchpoint", "no touchpoint", "consultation?"),
    Slip("    touchpoint: consultation\n", "", "  consultation-reminder:", "trials.consultation-reminder.touchpoint", "missing", "Add touchpoint"),
    Slip("measure: response_rate", "measure: responses", "measure: responses", "trials.consultation-reminder.measure", "possible values", "response_rate"),
    Slip("from: 2027-02-01", "from: 01.02.2027", "from: 01", "trials.consultation-reminder.from", "not a date", "2027-01-01"),
    Slip("      b: {remind_after: P2D}\n", "", "    variants:\n      a: {remind_after", "trials.consultation-reminder.variants.b", "missing", "Add b"),
    Slip("b: {remind_after: P2D}", "b: {remind_after: P1D}", "    variants:\n      a: {remind_after", "trials.consultation-reminder.variants", "same remind_after", "another remind_after"),
    Slip("      a: {remind_after: P1D}\n      b: {remind_after: P2D}", "      a: {}\n      b: {}", "    variants:\n      a: {}", "trials.consultation-reminder.variants", "are the same", "Give b"),
    Slip("      b: {remind_after: P2D}", "      b: {remind_after: P2D, ask_after: PT2H}", "    variants:\n      a: {remind_after", "trials.consultation-reminder.variants", "differ in ask_after and remind_after", "Keep one"),
    Slip("      b: {remind_after: P2D}", "      b: {remind_after: P5D}", "b: {remind_after: P5D", "trials.consultation-reminder.variants.b.remind_after", "never goes out", "shorter"),
    Slip("      a: {remind_after: P1D}\n      b: {remind_after: P2D}", "      b: {ask_after: P2D}", "b: {ask_after: P2D", "trials.consultation-reminder.variants.b.ask_after", "every event would be stale", "earlier ask_after"),
    Slip("      a: {remind_after: P1D}\n      b: {remind_after: P2D}", '      b: {question: {ru: "Как?"}}', "b: {question", "trials.consultation-reminder.variants.b.question", "text in en is missing", "Add en"),
    Slip("    touchpoint: consultation\n    measure: response_rate     # or score\n    from: 2027-02-01\n    variants:\n      a: {remind_after: P1D}\n      b: {remind_after: P2D}", "    touchpoint: relationship\n    measure: response_rate\n    from: 2027-02-01\n    variants:\n      b: {ask_after: P2D}", "b: {ask_after: P2D", "trials.consultation-reminder.variants.b.ask_after", "is relational", "question"),
    Slip("    share: 0.5\n", "    share: 0\n", "share: 0\n", "trials.consultation-reminder.share", "nobody gets b", "0.5"),
    Slip("    detect: 0.1   ", "    detect: 10    ", "detect: 10", "trials.consultation-reminder.detect", "out of range", "at most 0.5"),
    Slip("    detect: 0.1                # ten points more or less are worth finding; or planned: 400\n    expected: 0.3              # the response rate so far\n", "", "  consultation-reminder:", "trials.consultation-reminder", "how many it needs", "planned: 400"),
    Slip("    detect: 0.1   ", "    planned: 400\n    detect: 0.1   ", "detect: 0.1", "trials.consultation-reminder.detect", "both say how many", "Keep one"),
    Slip("    detect: 0.1   ", "    planned: 20   ", "planned: 20", "trials.consultation-reminder.planned", "out of range", "at least 30"),
    Slip("trials:\n", "trials:\n  another: {touchpoint: consultation, measure: score, from: 2027-02-01, variants: {b: {ask_after: PT1H}}, planned: 50}\n", "    touchpoint: consultation\n    measure: response", "trials.consultation-reminder.touchpoint", "has a trial already: another", "Remove another"),
    Slip("    touchpoint: consultation\n    measure: response_rate ", "    touchpoint: product\n    measure: score ", "expected: 0.3 ", "trials.consultation-reminder.expected", "is an NPS", "Remove it"),
]
# fmt: on

# fmt: off
WARNINGS = [
    Slip("sample: 0.2 ", "sample: 0 ", "sample: 0", "touchpoints.site-search.sample", "never win", "above 0"),
    Slip("max_per_day: 500", "max_per_day: 0", "max_per_day", "contact_rules.max_per_day", "never win", "/pause"),
    Slip("    ask_after: PT10M\n    ask_by: P1D", "    ask_after: PT10M\n    ask_by: PT6H", "PT6H", "touchpoints.checkout.ask_by", "never fit", "PT13H10M"),
    Slip("    remind_after: P1D\n    expires_after: P5D\n    quarantine: P14D", "    remind_after: P5D\n    expires_after: P5D", "remind_after: P5D", "touchpoints.support.remind_after", "never goes out", "shorter"),
    Slip("every: P90D", "every: P30D", "every: P30D", "touchpoints.relationship.every", "longer than every P30D", "P90D"),
    Slip("    owner: kitchen\n", "    owner: site\n", "    kitchen:", "recovery.teams.kitchen", "no touchpoint has this team", "owner: kitchen"),
    Slip("    owner: logistics\n", "    owner: site\n", "    logistics:", "recovery.teams.logistics", "no touchpoint has this team", "owner"),
    Slip("{name|}, как вам доставка", "{name}, как вам доставка", "{name}, как вам доставка", "surveys.delivery-csat.question.ru", "no fallback", "{name|}"),
    Slip("{order_id|}? 1 —", "{attributes.courier}? 1 —", "{attributes.courier}", "surveys.delivery-csat.question.ru", "may be missing", "{attributes.courier|…}"),
    Slip("{ru: Опоздали, en: Late}", "{ru: Опоздали, en: Late, eng: Late}", "eng: Late", "surveys.delivery-csat.reasons.negative[0].title.eng", "never shown", "mean en?"),
    Slip("{ru: Опоздали, en: Late}", "{ru: Опоздали, en: Late by more than an hour, and nobody called}".replace("hour, and", "hour and"), "by more than", "surveys.delivery-csat.reasons.negative[0].title.en", "too long for a button", "40"),
    Slip("open_at: {nps: 6,", "open_at: {nps: 9,", "open_at", "recovery.open_at.nps", "praise", "Write 6"),
    Slip("  resolve: P1D", "  resolve: PT10M", "resolve: PT10M", "recovery.resolve", "shorter than first_response", "before"),
    Slip("words: {ru: [очередь],", "words: {ru: [очередь, Очередь],", "Очередь],", "themes[9].words.ru[1]", "second time", "once"),
    Slip("words: {ru: [очередь],", "words: {ru: [очередь, стоять в очереди в кассу полчаса подряд],", "words: {ru: [очередь, стоять", "themes[9].words.ru[1]", "7 words", "at most 6"),
    Slip("en: [queue, line]}", "en: [queue, хвост]}", "хвост]}", "themes[9].words.en[1]", "no letter", "Move it to ru"),
    Slip("    title: {ru: Доставка, en: Delivery}\n", "", "  delivery:", "touchpoints.delivery", "no title", "Add title"),
    Slip("key: on_time, title: {ru: Точно", "key: late, title: {ru: Точно", "Точно вовремя", "surveys.delivery-csat.reasons.positive[0].key", "another title", "own key"),
    Slip(LATE, "".join(LATE.replace("late", f"late{n}") for n in range(4)), "      negative:\n        - {key: late0", "surveys.delivery-csat.reasons.negative", "9 reasons", "8"),
    Slip("{after: \"14:00\"}", "{after: \"09:30\"}", "09:30", "alarms.nothing_sent.after", "quiet hours", "between 10:00 and 21:00"),
    Slip("    detect: 0.1   ", "    planned: 400  ", "expected: 0.3", "trials.consultation-reminder.expected", "no effect", "detect instead"),
]
# fmt: on


def faults_of(slip: Slip) -> tuple[str, tuple[Fault, ...]]:
    assert slip.old in SAMPLE, f"the sample has no {slip.old!r}"
    source = SAMPLE.replace(slip.old, slip.new, 1)
    return source, read_catalogue(source, name="catalog.yaml").faults


def line_of(source: str, text: str) -> int:
    assert text in source, text
    return source[: source.index(text)].count("\n") + 1


def assert_is(fault: Fault, slip: Slip) -> None:
    assert fault.key == slip.key
    assert slip.message in fault.message
    assert slip.fix in fault.fix


@pytest.mark.parametrize("slip", ERRORS, ids=lambda slip: f"{slip.key}: {slip.message}")
def test_an_error_names_line_key_and_fix(slip: Slip) -> None:
    source, faults = faults_of(slip)
    errors = [fault for fault in faults if fault.severity is Severity.ERROR]
    assert len(errors) == 1, errors
    assert_is(errors[0], slip)
    assert errors[0].line == line_of(source, slip.at)


@pytest.mark.parametrize("slip", WARNINGS, ids=lambda slip: f"{slip.key}: {slip.message}")
def test_a_warning_names_line_key_and_fix_and_refuses_nothing(slip: Slip) -> None:
    source, faults = faults_of(slip)
    assert len(faults) == 1, faults
    assert faults[0].severity is Severity.WARNING
    assert_is(faults[0], slip)
    assert faults[0].line == line_of(source, slip.at)
    assert read_catalogue(source, name="catalog.yaml").catalogue is not None


def test_a_key_is_blamed_once() -> None:
    reading = read_catalogue(SAMPLE.replace("  kitchen:\n", "  Кухня:\n"), name="catalog.yaml")
    assert [fault.key for fault in reading.errors if "Кухня" in fault.key] == ["recovery.teams.Кухня"]


def test_a_relational_touchpoint_needs_a_survey() -> None:
    source = SAMPLE.replace("    survey: relationship-nps\n", "").replace(
        "    survey: support-ces\n", "    survey: nope\n"
    )
    errors = {fault.key: fault for fault in read_catalogue(source, name="catalog.yaml").errors}
    assert "no survey" in errors["touchpoints.relationship.every"].message
    assert "no touchpoint uses" in errors["surveys.relationship-nps"].message


def test_asking_keys_without_a_survey_are_pointed_out() -> None:
    source = SAMPLE.replace("    survey: search-ces\n", "").replace(
        "  consultation-csat:\n", "  consultation-csat: &c\n"
    )
    keys = {fault.key for fault in read_catalogue(source, name="catalog.yaml").warnings}
    assert "touchpoints.site-search.ask_after" in keys
    assert "touchpoints.site-search.priority" in keys


def test_complaints_without_an_owner_are_pointed_out() -> None:
    source = SAMPLE.replace("    owner: logistics\n", "    owner: site\n", 1).replace("    owner: site\n", "", 1)
    warnings = read_catalogue(source, name="catalog.yaml").warnings
    assert "no owner" in warnings[0].message
    assert warnings[0].key == "touchpoints.site-search"


def test_a_language_the_bot_does_not_speak_is_pointed_out() -> None:
    source = (
        "business: {name: Brot, timezone: Europe/Berlin, languages: [de]}\n"
        "touchpoints: {visit: {title: {de: Besuch}, survey: visit-csat}}\n"
        "surveys: {visit-csat: {metric: csat, question: {de: Wie war es?}}}\n"
    )
    reading = read_catalogue(source, name="catalog.yaml")
    assert [fault.key for fault in reading.warnings] == ["business.languages[0]"]
    assert reading.catalogue is not None
