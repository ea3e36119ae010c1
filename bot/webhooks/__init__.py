"""Telling the shop's own systems what happened: signed requests, sent from the one schedule."""

from bot.webhooks.client import WebhookClient
from bot.webhooks.loop import WebhookDelivery

__all__ = ["WebhookClient", "WebhookDelivery"]
