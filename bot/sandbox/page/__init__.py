"""The page on which one person is everybody: customers, staff, a manager and the shop; served by `demo` alone."""

from bot.sandbox.page.backstage import Backstage, Messengers, PageOptions, Seat, ShopReceipt
from bot.sandbox.page.serving import listen_for_page, serve_page

__all__ = ["Backstage", "Messengers", "PageOptions", "Seat", "ShopReceipt", "listen_for_page", "serve_page"]
