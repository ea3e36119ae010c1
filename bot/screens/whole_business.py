"""What stands in the weekly report beside the scores, in words and as JSON."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from bot.screens.alarms import alarms_line
from bot.screens.alarms_json import build_alarm
from bot.screens.comments import written_about_text
from bot.screens.comments_json import build_comment_themes
from bot.screens.json_values import Document
from bot.screens.reach_report import build_reach_document, reach_line
from bot.screens.trials import trial_lines
from bot.screens.trials_json import build_trials
from bot.screens.wording import Wording
from surveys.whole_business import WholeBusiness


def whole_business_lines(whole: WholeBusiness, wording: Wording) -> list[str]:
    """A line of each thing there is something to say of."""
    lines = [
        reach_line(whole.reach, wording),
        written_about_text(whole.comments, wording),
        alarms_line(whole.alarms, wording),
        *trial_lines(whole.trials.trials, wording, ZoneInfo(whole.trials.timezone)),
    ]
    return [line for line in lines if line]


def build_whole_business(whole: WholeBusiness) -> Document:
    """The same as plain JSON values: what stands in the report's document beside the scores."""
    return {
        "reach": build_reach_document(whole.reach),
        "comments": build_comment_themes(whole.comments),
        "alarms": [build_alarm(view) for view in whole.alarms.alarms],
        "trials": build_trials(whole.trials),
    }
