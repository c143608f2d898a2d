"""The page of `kgen compare --html`, in a real browser, from the disk."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from kgen_runner import Kgen

ROOT = Path(__file__).parent.parent
CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "google-chrome", "chromium-browser"))),
    None,
)
WIDE, PHONE = (1440, 900), (360, 740)
STYLES = ("sequential", "functional", "subclass")
# Everything that is lit, by where it is: the layers and the line numbers.
LIT = """() => Object.fromEntries(
    [...document.querySelectorAll(".scroller")].map((place, index) => [
        place.closest("[id]").id,
        [...place.querySelectorAll(".lit")].map((element) => element.dataset.layers),
    ])
)"""
HOSTILE = "</script><img src=x onerror=\"alert(1)\"><!-- ${a} `b` & 'c'"
MANY = """
name: many
inputs: [8]
layers:
"""

Page = Any
Open = Callable[..., Page]


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Chromium, without a window."""
    playwright = pytest.importorskip("playwright.sync_api")
    if CHROMIUM is None:
        pytest.skip("there is no Chromium on the path")
    with playwright.sync_playwright() as driver:
        started = driver.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        yield started
        started.close()


@pytest.fixture
def open_page(browser: Any, kgen: Kgen, folder: Path) -> Iterator[Open]:
    """Writes the page of a source and opens it; fails on any error or request."""
    troubles: list[str] = []
    contexts: list[Any] = []

    def open_it(
        *arguments: str,
        size: tuple[int, int] = WIDE,
        input: str | None = None,
        **options: Any,
    ) -> Page:
        result = kgen(
            "compare", *arguments, "--html", "page.html", "--force", input=input
        )
        assert result.exit_code == 0, result.stderr
        width, height = size
        context = browser.new_context(
            viewport={"width": width, "height": height},
            reduced_motion="reduce",
            **options,
        )
        contexts.append(context)
        page = context.new_page()
        address = (folder / "page.html").as_uri()
        page.on("console", lambda message: troubles.append(message.text))
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on("dialog", lambda dialog: troubles.append(dialog.message))
        page.on(
            "request",
            lambda request: request.url == address or troubles.append(request.url),
        )
        page.goto(address)
        return page

    yield open_it
    for context in contexts:
        context.close()
    assert troubles == []


def row(page: Page, name: str) -> Any:
    """Returns the row of a layer in the table."""
    return page.locator(".layers tbody tr").filter(
        has=page.get_by_role("button", name=name, exact=True)
    )


def lit(page: Page) -> dict[str, list[str]]:
    found: dict[str, list[str]] = page.evaluate(LIT)
    return found


def lit_places(page: Page) -> set[str]:
    return {place for place, layers in lit(page).items() if layers}


ALL_PLACES = {*(f"pane-{style}" for style in STYLES), "layers", "drawing"}


@pytest.mark.parametrize("source", ["mnist_mlp", "fashion_resnet", "mnist_siamese"])
def test_page_opens_and_loads_nothing(source: str, open_page: Open) -> None:
    page = open_page(source)
    assert page.locator("h1").inner_text() == source
    text = page.content()
    assert not re.search(r"(?:src|href)=\"(?!#|data:)", text)
    assert "default-src 'none'" in text


def test_pointing_at_a_row_lights_the_layer_up_everywhere(open_page: Open) -> None:
    page = open_page("fashion_resnet")
    row(page, "dense").hover()
    assert lit_places(page) >= ALL_PLACES
    for layers in lit(page).values():
        assert set(layers) == {"32"}
    assert "Dense, (None, 10), 1,290 parameters" in page.locator("#status").inner_text()


def test_pointing_at_a_line_lights_up_the_others(open_page: Open) -> None:
    page = open_page("fashion_resnet")
    line = page.locator("#pane-functional .l", has_text="layers.Dropout(0.3)")
    line.hover()
    assert lit_places(page) >= ALL_PLACES
    assert row(page, "dropout").get_attribute("class").split()[-1] == "lit"
    shown = page.locator("#pane-subclass .l.lit").all_inner_texts()
    assert any("self.dropout = layers.Dropout(0.3)" in text for text in shown)
    assert any("x = self.dropout(x, training=training)" in text for text in shown)


def test_pointing_at_the_drawing_lights_up_the_others(open_page: Open) -> None:
    page = open_page("mnist_siamese")
    page.locator(".drawing .box", has_text="dense_1").locator(".shape").hover()
    assert page.locator(".layers tr.lit button").all_inner_texts() == ["dense_1"]
    shown = page.locator("#pane-functional .l.lit > code").all_inner_texts()
    assert shown == ['    outputs = layers.Dense(1, activation="sigmoid")(x)']


def test_a_block_shows_all_its_instances(open_page: Open) -> None:
    page = open_page("fashion_resnet")
    page.locator("#pane-functional .l", has_text="layers.Add()").hover()
    names = page.locator(".layers tr.lit button").all_inner_texts()
    assert names == ["add", "add_1", "add_2"]


def test_a_layer_of_a_block_is_where_it_is_made_and_where_the_block_is_called(
    open_page: Open,
) -> None:
    page = open_page("unet_small")
    row(page, "conv2d_3").hover()
    shown = page.locator("#pane-functional .l.lit > code").all_inner_texts()
    assert [text.strip() for text in shown] == [
        'return layers.Conv2D(filters, 3, padding="same", activation="relu")(x)',
        "skip2 = double_conv(x, 32)",
    ]
    near = page.locator("#pane-functional .l.near > code").all_inner_texts()
    assert near == ["def double_conv(x, filters):"]


def test_what_is_pointed_at_stays_and_the_others_come_into_view(
    open_page: Open,
) -> None:
    page = open_page("fashion_resnet")
    page.locator(".bench").evaluate("element => element.scrollIntoView()")
    before = page.evaluate("[scrollX, scrollY]")
    line = page.locator("#pane-functional .l", has_text="layers.Dropout(0.3)")
    line.scroll_into_view_if_needed()
    place = line.bounding_box()
    line.hover()
    assert line.bounding_box() == place
    assert page.evaluate("[scrollX, scrollY]") == before
    for style in ("sequential", "subclass"):
        assert is_in_view(page, f"#pane-{style}")
    assert is_in_view(page, ".layers")


def is_in_view(page: Page, place: str) -> bool:
    """Whether something that is lit can be seen in a place."""
    seen: bool = page.evaluate(
        """(place) => {
            const around = document.querySelector(`${place} .scroller`).getBoundingClientRect();
            return [...document.querySelectorAll(`${place} .lit`)].some((element) => {
                const inside = element.getBoundingClientRect();
                return inside.top >= around.top - 1 && inside.bottom <= around.bottom + 1;
            });
        }""",
        place,
    )
    return seen


def test_a_click_keeps_a_layer_and_escape_lets_go(open_page: Open) -> None:
    page = open_page("mnist_mlp")
    row(page, "dense_2").click()
    row(page, "flatten").hover()
    assert page.locator(".layers tr.lit button").all_inner_texts() == ["dense_2"]
    pressed = page.get_by_role("button", name="dense_2", exact=True)
    assert pressed.get_attribute("aria-pressed") == "true"
    page.keyboard.press("Escape")
    page.mouse.move(5, 5)
    assert lit_places(page) == set()
    assert pressed.get_attribute("aria-pressed") == "false"


def test_keyboard_alone_is_enough(open_page: Open) -> None:
    page = open_page("mnist_mlp")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.matches('#pane-functional .lines')"):
            break
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    assert page.locator(".layers tr.lit button").all_inner_texts() == ["flatten"]
    page.keyboard.press("Enter")
    assert "kept" in page.locator("#status").inner_text()
    page.keyboard.press("ArrowUp")
    assert page.locator(".layers tr.lit button").all_inner_texts() == ["input_layer"]
    page.keyboard.press("Escape")
    assert lit_places(page) == set()


def test_arrows_move_through_the_table(open_page: Open) -> None:
    page = open_page("mnist_mlp")
    page.locator(".layers tbody button").first.focus()
    for _ in range(3):
        page.keyboard.press("ArrowDown")
    focused = page.evaluate("document.activeElement.textContent")
    assert focused == "batch_normalization"
    assert page.locator(".layers tr.lit button").all_inner_texts() == [focused]
    page.keyboard.press("Enter")
    assert "kept" in page.locator("#status").inner_text()


@pytest.mark.parametrize("source", ["mnist_mlp", "fashion_resnet", "mnist_siamese"])
@pytest.mark.parametrize("size", [WIDE, PHONE, (768, 1024)])
def test_page_never_scrolls_sideways(
    source: str, size: tuple[int, int], open_page: Open
) -> None:
    page = open_page(source, size=size)
    assert page.evaluate("document.documentElement.scrollWidth") == size[0]


def test_wide_window_has_three_panes_side_by_side(open_page: Open) -> None:
    page = open_page("mnist_mlp")
    boxes = [page.locator(f"#pane-{style}").bounding_box() for style in STYLES]
    assert len({box["y"] for box in boxes}) == 1
    assert [box["x"] for box in boxes] == sorted({box["x"] for box in boxes})
    assert not page.get_by_role("tablist").is_visible()


def test_phone_has_tabs(open_page: Open) -> None:
    page = open_page("mnist_mlp", size=PHONE, has_touch=True)
    shown = [s for s in STYLES if page.locator(f"#pane-{s}").is_visible()]
    assert shown == ["sequential"]
    page.get_by_role("tab", name="Subclass").tap()
    assert page.locator("#pane-subclass").is_visible()
    assert not page.locator("#pane-sequential").is_visible()
    page.keyboard.press("ArrowRight")
    assert page.locator("#pane-sequential").is_visible()
    row(page, "dense_2").tap()
    assert "dense_2" in page.locator("#status").inner_text()
    page.get_by_role("button", name="In code").tap()
    assert page.locator("#pane-sequential .l.lit").first.is_visible()


def test_paper_has_every_style_in_full(open_page: Open) -> None:
    page = open_page("fashion_resnet", size=PHONE, color_scheme="dark")
    page.emulate_media(media="print", color_scheme="dark")
    for style in STYLES:
        assert page.locator(f"#pane-{style} h3").is_visible()
        lines = page.locator(f"#pane-{style} .lines")
        assert lines.evaluate("place => place.scrollHeight <= place.clientHeight")
    assert not page.get_by_role("button", name="Dark").is_visible()
    color = "getComputedStyle(document.body).backgroundColor"
    assert page.evaluate(color) == "rgb(255, 255, 255)"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_colours_follow_the_system_and_the_toggle(scheme: str, open_page: Open) -> None:
    page = open_page("mnist_mlp", color_scheme=scheme)
    color = "getComputedStyle(document.body).backgroundColor"
    light, dark = "rgb(246, 246, 244)", "rgb(18, 20, 23)"
    assert page.evaluate(color) == (dark if scheme == "dark" else light)
    ink = "getComputedStyle(document.querySelector('.drawing .title')).fill"
    before = page.evaluate(ink)
    page.get_by_role("button", name="Dark").click()
    assert page.evaluate(color) == (light if scheme == "dark" else dark)
    assert page.evaluate(ink) != before


@pytest.mark.parametrize("style", STYLES)
def test_copy_and_download_give_what_kgen_new_writes(
    style: str, open_page: Open, kgen: Kgen, folder: Path
) -> None:
    name = f"fashion_resnet_{style}.py"
    assert (
        kgen("new", "fashion_resnet", "--style", "all", "-o", "wanted/").exit_code == 0
    )
    wanted = (folder / "wanted" / name).read_bytes()
    page = open_page(
        "fashion_resnet", permissions=["clipboard-read", "clipboard-write"]
    )
    page.locator(f"#pane-{style} .copy").click()
    page.wait_for_function(
        f"document.querySelector('#pane-{style} .copy').textContent === 'Copied'"
    )
    assert page.evaluate("navigator.clipboard.readText()").encode() == wanted
    with page.expect_download() as download:
        page.locator(f"#pane-{style} .download").click()
    assert download.value.suggested_filename == name
    assert Path(download.value.path()).read_bytes() == wanted


def test_panes_show_every_line_of_the_module(
    open_page: Open, kgen: Kgen, folder: Path
) -> None:
    kgen("new", "fashion_resnet", "--style", "all", "-o", "wanted/")
    page = open_page("fashion_resnet")
    for style in STYLES:
        wanted = (folder / "wanted" / f"fashion_resnet_{style}.py").read_text()
        shown = page.locator(f"#pane-{style} .l > code").evaluate_all(
            "lines => lines.map(line => line.textContent)"
        )
        assert shown == wanted.splitlines()


def test_names_of_a_stranger_stay_text(open_page: Open) -> None:
    spec = {
        "name": HOSTILE,
        "description": HOSTILE,
        "inputs": {"x": [4]},
        "layers": ["Dense(3)"],
    }
    page = open_page("-", input=json.dumps(spec))
    assert page.locator("h1").inner_text() == HOSTILE
    assert page.title().startswith(HOSTILE)
    assert page.locator("img").count() == 0
    assert page.locator("script").count() == 2


def test_a_style_that_cannot_is_a_pane_with_the_reason(open_page: Open) -> None:
    page = open_page("mnist_siamese")
    refused = page.locator(".pane.refused")
    assert "A Sequential model has one input" in refused.inner_text()


def test_differences_show_their_layers(open_page: Open) -> None:
    page = open_page("fashion_resnet")
    page.locator("tr", has_text="Where the data branch").get_by_role("button").click()
    names = page.locator(".layers tr.lit button").all_inner_texts()
    assert names == ["add", "add_1", "add_2"]


def test_large_model_is_laid_out_in_pieces(open_page: Open) -> None:
    lines = "".join(f"  - Dense({8 + i % 7}, name='d{i}')\n" for i in range(500))
    page = open_page("-", input=MANY + lines)
    row(page, "d499").hover()
    assert is_in_view(page, "#pane-functional")
    assert is_in_view(page, "#pane-subclass")


def colours() -> dict[str, tuple[str, str]]:
    """Returns the light and the dark value of each colour of the page."""
    css = (ROOT / "templates" / "compare.css").read_text(encoding="utf-8")
    pattern = r"--(\w+): light-dark\((#\w{6}), (#\w{6})\)"
    return {name: (light, dark) for name, light, dark in re.findall(pattern, css)}


def luminance(color: str) -> float:
    parts = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [
        p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


GROUNDS = ("sheet", "near", "lit")
INKS = ("text", "quiet", "keyword", "string", "number", "comment", "defined", "builtin")
NAMES = (
    "accent",
    "sequential",
    "functional",
    "subclass",
    "yes",
    "partly",
    "no",
    "quiet",
)


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(
    ("ink", "ground"),
    [
        *((ink, ground) for ink in INKS for ground in GROUNDS),
        *((name, ground) for name in NAMES for ground in ("page", "sheet", "raised")),
    ],
)
def test_text_has_contrast(ink: str, ground: str, theme: int) -> None:
    """What WCAG 2 asks for text of normal size at level AA."""
    known = colours()
    assert contrast(known[ink][theme], known[ground][theme]) >= 4.5
