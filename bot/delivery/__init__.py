"""The loop that sends what is due: claim, render, send, settle."""

from bot.delivery.loop import Delivery
from bot.delivery.rendering import Renderers, Rendering

__all__ = ["Delivery", "Renderers", "Rendering"]
