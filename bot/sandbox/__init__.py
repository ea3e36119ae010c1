"""Local stand-ins for the messengers, for the tests, the demo and the benchmarks; `run` never loads them."""

from bot.sandbox.faults import Fault, FaultKind
from bot.sandbox.pace import PaceLimits, Rate
from bot.sandbox.telegram.groups import Group
from bot.sandbox.telegram.people import Person
from bot.sandbox.telegram.server import SandboxOptions, TelegramSandbox
from bot.sandbox.telegram.views import MessageView
from bot.sandbox.vk.pace import VKPaceLimits
from bot.sandbox.vk.people import VKPerson
from bot.sandbox.vk.programs import BARE_PROGRAM, OLD_PROGRAM, OLDER_PROGRAM, VKProgram
from bot.sandbox.vk.server import VKSandbox, VKSandboxOptions
from bot.sandbox.vk.views import VKMessageView

__all__ = [
    "BARE_PROGRAM",
    "OLDER_PROGRAM",
    "OLD_PROGRAM",
    "Fault",
    "FaultKind",
    "Group",
    "MessageView",
    "PaceLimits",
    "Person",
    "Rate",
    "SandboxOptions",
    "TelegramSandbox",
    "VKMessageView",
    "VKPaceLimits",
    "VKPerson",
    "VKProgram",
    "VKSandbox",
    "VKSandboxOptions",
]
