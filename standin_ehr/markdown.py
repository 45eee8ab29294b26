"""The markdown of a card as HTML that does nothing: no tags, no images, links to the web."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markupsafe import Markup


def to_html(text: str) -> Markup:
    """GitHub's tables and strikethrough included; HTML in the text is shown as text."""
    return Markup(_MARKDOWN.render(text))


def is_web_address(url: object) -> bool:
    if not isinstance(url, str):
        return False
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname)


def _link_open(
    renderer: RendererHTML, tokens: Sequence[Token], at: int, options: Any, env: Any
) -> str:
    """In a tab of its own, which learns nothing of where it was opened."""
    tokens[at].attrSet("target", "_blank")
    tokens[at].attrSet("rel", "noopener noreferrer")
    return renderer.renderToken(tokens, at, options, env)


_MARKDOWN = (
    MarkdownIt("commonmark", {"html": False})
    .enable(["table", "strikethrough"])
    .disable("image")
)
_MARKDOWN.validateLink = is_web_address  # type: ignore[method-assign]
_MARKDOWN.add_render_rule("link_open", _link_open)
