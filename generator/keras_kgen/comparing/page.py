"""Renders a comparison as one page that needs nothing else."""

from __future__ import annotations

import base64
import functools
import hashlib
import json
from dataclasses import dataclass

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from keras_kgen.comparing.comparison import Comparison
from keras_kgen.comparing.page_view import PageView, view_page
from keras_kgen.rendering.environment import template_folder

_DARK_SCHEME = "(prefers-color-scheme: dark)"
# Where the dark part of a drawing's styles begins; it is the last.
_DARK = f"@media {_DARK_SCHEME} {{"


@dataclass(frozen=True, slots=True)
class _Page:
    """What the template of the page sees.

    Attributes:
        content: What the page says.
        data: What its script needs to know.
        policy: What a browser may run and load.
    """

    content: PageView
    drawing: Markup
    css: Markup
    script: Markup
    data: Markup
    policy: str


def render_page(comparison: Comparison, drawing: str) -> str:
    """Returns the page for a comparison, as text of one file.

    Args:
        comparison: What to show.
        drawing: The graph as SVG; its nodes name their layers in `data-layers`.
    """
    content = view_page(comparison)
    drawing, styles = _without_styles(drawing)
    css, script = f"{_asset('compare.css')}{styles}", _asset("compare.js")
    page = _Page(
        content,
        Markup(drawing),
        Markup(css),
        Markup(script),
        _data(comparison, content),
        _policy(css, script),
    )
    return _environment().get_template("compare.html.jinja").render(page=page)


@functools.cache
def _environment() -> Environment:
    """Returns the environment of pages: unlike that of code, it escapes what it inserts."""
    return Environment(
        loader=FileSystemLoader(template_folder()),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=True,
    )


def _asset(name: str) -> str:
    return (template_folder() / name).read_text(encoding="utf-8")


def _without_styles(drawing: str) -> tuple[str, str]:
    """Returns a drawing, and its styles so that they follow the theme of the page."""
    before, _, rest = drawing.partition("<style>")
    styles, _, after = rest.partition("</style>")
    light, _, dark = styles.partition(_DARK)
    dark = dark.rstrip().removesuffix("}")
    themed = (
        f'@media screen {{ :root[data-theme="dark"] {{{dark}}} }}',
        f"@media screen and {_DARK_SCHEME} {{",
        f':root:not([data-theme="light"]) {{{dark}}} }}',
    )
    return f"{before}{after}", "\n".join([light, *themed, ""])


def _policy(css: str, script: str) -> str:
    """Returns a policy under which the page runs what kgen wrote, and loads nothing."""
    return (
        f"default-src 'none'; style-src {_hash(css)}; script-src {_hash(script)}; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode("utf-8")).digest()
    return f"'sha256-{base64.b64encode(digest).decode('ascii')}'"


def _data(comparison: Comparison, content: PageView) -> Markup:
    """Returns what the script needs, so that it cannot end the element that it stands in."""
    layers = {
        row.key: {
            "name": row.name,
            "kind": row.class_name,
            "shape": row.shape,
            "parameters": row.parameters,
        }
        for row in content.rows
    }
    modules = {
        style.value: {"file": listing.file_name, "source": listing.source}
        for style, listing in comparison.listings.items()
    }
    text = json.dumps({"layers": layers, "modules": modules}, separators=(",", ":"))
    for character in "<>&":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(text)
