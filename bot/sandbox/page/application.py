"""The page's own application: the page, its live stream, and the buttons around the chats."""

from __future__ import annotations

import asyncio
import json
from functools import cache
from importlib.resources import files
from typing import Annotated, Literal

import aiohttp
import jinja2
from fastapi import APIRouter, Body, FastAPI, Header, HTTPException, Request
from starlette.responses import HTMLResponse, Response, StreamingResponse
from starlette.staticfiles import StaticFiles

from bot.sandbox import http
from bot.sandbox.page.backstage import Backstage, PageOptions
from bot.sandbox.page.files import answer_file
from bot.sandbox.page.guard import Guard
from bot.sandbox.page.scene import Scene
from bot.sandbox.page.showing import Json, find_vk_file
from bot.sandbox.page.stream import tell_live
from bot.sandbox.page.why import ProductUnreachableError, Why
from bot.sandbox.telegram.control import Control
from bot.sandbox.vk.control import VKControl

_PACKAGE = "bot.sandbox.page"
FASTEST = 3600.0


def build_page_application(scene: Scene, session: aiohttp.ClientSession, closing: asyncio.Event) -> FastAPI:
    """The application; `session` speaks to the product's API, `closing` ends the live streams."""
    application = FastAPI(title="Otklik sandbox", docs_url=None, redoc_url=None, openapi_url=None)
    application.mount("/assets", StaticFiles(packages=[(_PACKAGE, "assets")]))
    application.include_router(_page_routes(scene, closing))
    application.include_router(_control_routes(scene))
    application.include_router(_backstage_routes(scene, Why(session, scene.options.backstage)))
    application.add_middleware(Guard)
    return application


def _page_routes(scene: Scene, closing: asyncio.Event) -> APIRouter:
    router = APIRouter()
    page = _draw_page(scene.options)

    @router.get("/")
    async def show() -> HTMLResponse:
        return HTMLResponse(page)

    @router.get("/page/state")
    async def state() -> Response:
        return _json(scene.state())

    @router.get("/page/stream")
    async def stream(after: int = 0, last_event_id: Annotated[int | None, Header()] = None) -> StreamingResponse:
        return StreamingResponse(
            tell_live(scene, after if last_event_id is None else last_event_id, closing),
            media_type="text/event-stream",
        )

    @router.get("/page/files/{file_id}")
    async def file(file_id: str) -> Response:
        found = find_vk_file(scene.vk.world.files, file_id) or scene.telegram.world.files.get(file_id)
        if found is None:
            raise HTTPException(404, "no such file")
        return answer_file(found.content)

    return router


def _control_routes(scene: Scene) -> APIRouter:
    router = APIRouter()
    controls: dict[str, Control | VKControl] = {"telegram": scene.telegram.control, "vk": scene.vk.control}

    @router.api_route("/{messenger}/sandbox/{rest:path}", methods=["GET", "POST", "DELETE"])
    async def control(request: Request, messenger: Literal["telegram", "vk"], rest: str) -> Response:
        """A messenger's people are driven by the same requests as from any other process."""
        query = f"?{request.url.query}" if request.url.query else ""
        asked = http.Request(
            request.method, f"/sandbox/{rest}{query}", dict(request.headers.items()), await request.body()
        )
        answer = await controls[messenger].answer(asked)
        return Response(answer.body, answer.status, media_type=answer.content_type)

    return router


def _backstage_routes(scene: Scene, why: Why) -> APIRouter:
    router = APIRouter(prefix="/page")
    backstage: Backstage = scene.options.backstage

    @router.post("/shop/{action}")
    async def shop(action: str, customer: Annotated[str, Body(embed=True)]) -> Response:
        try:
            receipt = await backstage.act_in_shop(action, customer)
        except LookupError as error:
            raise HTTPException(404, str(error)) from None
        return _json({name: getattr(receipt, name) for name in receipt.__slots__})

    @router.post("/clock")
    async def clock(
        move: Annotated[str | None, Body()] = None, rate: Annotated[float | None, Body(ge=1, le=FASTEST)] = None
    ) -> Response:
        try:
            if rate is not None:
                await backstage.run_clock(rate)
            if move is not None:
                await backstage.move_clock(move)
        except LookupError as error:
            raise HTTPException(404, str(error)) from None
        return _json(scene.clock())

    @router.post("/history")
    async def history(_nothing: Annotated[Json, Body()]) -> Response:
        return _json({"added": await backstage.load_history()})

    @router.get("/why")
    async def tell_why() -> Response:
        try:
            return _json(await why.tell())
        except ProductUnreachableError as error:
            raise HTTPException(502, str(error)) from None

    return router


@cache
def _words() -> dict[str, object]:
    words: dict[str, object] = json.loads(files(_PACKAGE).joinpath("words.json").read_text("utf-8"))
    return words


def _draw_page(options: PageOptions) -> str:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader(_PACKAGE), autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True
    )
    return environment.get_template("page.html").render(
        words=_words(),
        modules=sorted(one.name for one in files(_PACKAGE).joinpath("assets").iterdir() if one.name.endswith(".js")),
        seats=options.seats,
        customers=[seat for seat in options.seats if seat.customer is not None],
        api_url=options.api_url,
    )


def _json(value: object) -> Response:
    return Response(json.dumps(value, ensure_ascii=False), media_type="application/json")
