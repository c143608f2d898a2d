"""The page of `kgen compare`: how long a browser takes to open it and to light a layer up."""

from __future__ import annotations

import shutil
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

from layers import chain, residual_blocks
from table import print_table

from keras_kgen.comparing.build import compare
from keras_kgen.comparing.page import render_page
from keras_kgen.drawing.draw import Format, draw
from keras_kgen.errors import Diagnostics
from keras_kgen.frontends.detect import load_program
from keras_kgen.pipeline import structure

_SIZE = 500
_ROUNDS = 5
_WINDOWS = {"1440 x 900": (1440, 900), "360 x 740": (360, 740)}
_IS_PAINTED = "() => performance.getEntriesByName('first-contentful-paint').length"
_LOADED = "() => performance.getEntriesByType('navigation')[0].loadEventEnd"
_PAINTED = "() => performance.getEntriesByName('first-contentful-paint')[0].startTime"
# Points at the last layer, and waits for the page to be laid out.
_POINT = """() => {
    const rows = document.querySelectorAll(".layers tbody tr");
    const event = new PointerEvent("pointerover", { bubbles: true, pointerType: "mouse" });
    const start = performance.now();
    rows[rows.length - 1].dispatchEvent(event);
    document.body.getBoundingClientRect();
    return performance.now() - start;
}"""


def main(quick: bool = False) -> None:
    """Measures pages of large models in Chromium, and prints the table."""
    size, rounds = (50, 1) if quick else (_SIZE, _ROUNDS)
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for title, text in (
            (f"{size} layers that all differ", chain(size)),
            (f"{size} layers in blocks", residual_blocks(size)),
        ):
            path = Path(folder) / "page.html"
            start = time.process_time()
            path.write_text(_page(text), encoding="utf-8")
            written = time.process_time() - start
            first = (title, f"{written:.1f} s", f"{path.stat().st_size >> 10} KiB")
            rows += [(*first, *cells) for cells in _open(path, rounds)]
    columns = ("page", "CPU to write", "size", "window", "painted", "loaded", "lit")
    print_table("Page: opening it in Chromium", columns, rows)


def _page(text: str) -> str:
    program = load_program("-", lambda: text)
    model = structure(program, Diagnostics())
    return render_page(compare(program), draw(model, Format.SVG, expanded=True))


def _open(path: Path, rounds: int) -> list[tuple[str, ...]]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        chromium = shutil.which("chromium") or shutil.which("google-chrome")
        arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        browser = driver.chromium.launch(executable_path=chromium, args=arguments)
        rows = [
            (window, *_medians([_visit(browser, path, size) for _ in range(rounds)]))
            for window, size in _WINDOWS.items()
        ]
        browser.close()
    return rows


def _visit(browser: Any, path: Path, size: tuple[int, int]) -> tuple[float, ...]:
    page = browser.new_page(viewport={"width": size[0], "height": size[1]})
    page.goto(path.as_uri())
    page.wait_for_function(_IS_PAINTED)
    times = tuple(page.evaluate(script) for script in (_PAINTED, _LOADED, _POINT))
    page.close()
    return times


def _medians(visits: list[tuple[float, ...]]) -> tuple[str, ...]:
    columns = zip(*visits, strict=True)
    return tuple(f"{statistics.median(column):.0f} ms" for column in columns)
