"""Telegram's HTML: what it means, and what is refused where."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.sandbox.telegram.entities import check_entities, trim
from bot.sandbox.telegram.errors import ApiError
from bot.sandbox.telegram.formatting import parse_html


def _entity(kind: str, offset: int, length: int, **more: str) -> dict[str, object]:
    return {"type": kind, "offset": offset, "length": length, **more}


@pytest.mark.parametrize(
    ("html", "text", "entities"),
    [
        ("plain", "plain", []),
        ("<b>a</b><strong>b</strong>", "ab", [_entity("bold", 0, 1), _entity("bold", 1, 1)]),
        ("<i>a</i><em>b</em>", "ab", [_entity("italic", 0, 1), _entity("italic", 1, 1)]),
        ("<u>a</u><ins>b</ins>", "ab", [_entity("underline", 0, 1), _entity("underline", 1, 1)]),
        (
            "<s>a</s><strike>b</strike><del>c</del>",
            "abc",
            [_entity("strikethrough", 0, 1), _entity("strikethrough", 1, 1), _entity("strikethrough", 2, 1)],
        ),
        ('<span class="tg-spoiler">a</span>', "a", [_entity("spoiler", 0, 1)]),
        ("<tg-spoiler>a</tg-spoiler>", "a", [_entity("spoiler", 0, 1)]),
        ("<code>a</code>", "a", [_entity("code", 0, 1)]),
        ("<pre>a</pre>", "a", [_entity("pre", 0, 1)]),
        ('<pre><code class="language-python">a</code></pre>', "a", [_entity("pre", 0, 1, language="python")]),
        ("<blockquote>a</blockquote>", "a", [_entity("blockquote", 0, 1)]),
        ("<blockquote expandable>a</blockquote>", "a", [_entity("expandable_blockquote", 0, 1)]),
        ('<a href="https://example.com">a</a>', "a", [_entity("text_link", 0, 1, url="https://example.com/")]),
        ('<a href="nowhere">a</a>', "a", []),
        ('<tg-emoji emoji-id="53">👍</tg-emoji>', "👍", [_entity("custom_emoji", 0, 2, custom_emoji_id="53")]),
        ("<B>a</b>", "a", [_entity("bold", 0, 1)]),
        ("<b>a<i>b</i></b>", "ab", [_entity("bold", 0, 2), _entity("italic", 1, 1)]),
        ("😀<b>б</b>", "😀б", [_entity("bold", 2, 1)]),
        ("<b></b>a", "a", []),
        ("&lt;b&gt; &amp; &quot;&#65;&#x42;", '<b> & "AB', []),
        ("&lt", "<", []),
        ("&nbsp; &", "&nbsp; &", []),
        ("<code><b>a</b></code>", "a", [_entity("code", 0, 1)]),
        ("<blockquote>a<blockquote>b</blockquote></blockquote>", "ab", [_entity("blockquote", 0, 2)]),
        ("<b>a</>", "a", [_entity("bold", 0, 1)]),
    ],
)
def test_html_that_parses(html: str, text: str, entities: list[dict[str, object]]) -> None:
    assert parse_html(html) == (text, entities)


@pytest.mark.parametrize(
    ("html", "reason"),
    [
        ("1 < 2", 'Unsupported start tag "" at byte offset 2'),
        ("я<p>a</p>", 'Unsupported start tag "p" at byte offset 2'),
        ("<br/>", 'Unsupported start tag "br/" at byte offset 0'),
        ("a<b", "Unclosed start tag at byte offset 1"),
        ("<b>a", 'Can\'t find end tag corresponding to start tag "b"'),
        ("<b>a</i>", 'Unmatched end tag at byte offset 4, expected "</b>", found "</i>"'),
        ("<b><i>a</b></i>", 'Unmatched end tag at byte offset 7, expected "</i>", found "</b>"'),
        ("a</b>", "Unexpected end tag at byte offset 1"),
        ("<b>a</b", "Unclosed end tag at byte offset 4"),
        ("<span>a</span>", 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
        ('<a href="x', "Unclosed start tag at byte offset 0"),
        ("<a href=x/y>a</a>", "Unexpected end of name token at byte offset 8"),
        ('<a "x">a</a>', 'Empty attribute name in the tag "a" at byte offset 0'),
        ("<tg-emoji>a</tg-emoji>", "Invalid custom emoji identifier specified"),
    ],
)
def test_html_that_does_not_parse(html: str, reason: str) -> None:
    with pytest.raises(ApiError) as refused:
        parse_html(html)
    assert refused.value.code == 400
    assert refused.value.description == f"Bad Request: can't parse entities: {reason}"


@given(st.text(alphabet="ab<>&;/\"'= biця😀#x1", max_size=40))
@settings(max_examples=200, deadline=None)
def test_any_text_parses_or_is_refused(html: str) -> None:
    try:
        text, entities = parse_html(html)
    except ApiError:
        return
    length = len(text.encode("utf-16-le")) // 2
    assert all(e["offset"] >= 0 and e["offset"] + e["length"] <= length for e in entities)  # type: ignore[operator]


@given(st.text(max_size=60))
@settings(max_examples=100, deadline=None)
def test_escaped_text_stays_itself(text: str) -> None:
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    assert parse_html(escaped) == (text, [])


def test_white_space_around_is_cut_and_entities_move() -> None:
    text, entities = trim("  a b ", [_entity("bold", 0, 3), _entity("italic", 4, 2)])
    assert text == "a b"
    assert entities == [_entity("bold", 0, 1), _entity("italic", 2, 1)]


def test_listed_entities_are_checked() -> None:
    assert check_entities([_entity("bold", 0, 1), _entity("url", 0, 1)], "a") == [_entity("bold", 0, 1)]
    for wrong in ([{"type": "bold"}], [_entity("bald", 0, 1)], [_entity("bold", 0, 2)], "bold", [1]):
        with pytest.raises(ApiError):
            check_entities(wrong, "a")
