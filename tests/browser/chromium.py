"""The visitor of a journey in a real Chromium, who also looks at each page with a critical eye."""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self
from urllib.parse import urljoin, urlsplit

from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Browser, ConsoleMessage, FilePayload, Locator, Page, sync_playwright
from werkzeug.serving import WSGIRequestHandler, make_server

from market.kernel.i18n import LANGUAGES

FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking")
WIDE, NARROW = 1280, 390
SPACES = re.compile(r"\s+")
ANSWERED_NO = re.compile(r"Failed to load resource: the server responded with a status of 4\d\d")
BUTTON = "button:not([name]):not([formaction]):not(.visually-hidden)"
FORM = """([method, ending]) => [...document.forms].findIndex(
    form => form.method === method && new URL(form.action).pathname.endsWith(ending))"""
LINK = """([words, pattern]) => [...document.querySelectorAll('a')].findIndex(
    a => a.textContent.replace(/\\s+/g, ' ').includes(words)
         && new RegExp(pattern).test(a.getAttribute('href') || ''))"""
WIDER = """() => [...document.querySelectorAll('body *')].filter(
    e => e.getBoundingClientRect().right > innerWidth + 1
         && getComputedStyle(e).position !== 'absolute').slice(0, 4).map(
    e => e.tagName + '.' + e.className + ' ' + Math.round(e.getBoundingClientRect().right))"""


class Quiet(WSGIRequestHandler):
    """Serves without a line for each request."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing."""


@contextmanager
def serving(app: Flask) -> Iterator[str]:
    """The application behind a real socket; gives its address."""
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Quiet)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def chromium(executable: str) -> Iterator[Browser]:
    """A browser without a window."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=list(FLAGS))
        try:
            yield browser
        finally:
            browser.close()


@dataclass
class Album:
    """Pictures of pages, each page once, and what was found wrong with them."""

    folder: Path
    seen: set[str] = field(default_factory=set)
    faults: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)


class ChromiumVisitor:
    """Somebody at a Chromium; see ``tests.journey.Visitor``."""

    def __init__(self, browser: Browser, address: str, album: Album) -> None:
        self._address, self._album = address, album
        self._context = browser.new_context(
            viewport={"width": WIDE, "height": 800}, locale="zh-CN", timezone_id="Asia/Shanghai"
        )
        self.page: Page = self._context.new_page()
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self._fault(f"script: {error}"))
        self.language = "zh_Hans"
        self.go("/")

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"} and not ANSWERED_NO.match(message.text):
            self._fault(f"console: {message.text}")

    def _fault(self, what: str) -> None:
        self._album.faults.append(f"{self.path} ({self.page.viewport_size}): {what}")

    @property
    def path(self) -> str:
        """Where the visitor is."""
        parts = urlsplit(self.page.url)
        return f"{parts.path}?{parts.query}" if parts.query else parts.path

    @property
    def text(self) -> str:
        """What stands on the page, spaces drawn together."""
        return SPACES.sub(" ", self.page.locator("body").text_content() or "")

    def go(self, path: str) -> Self:
        """Type an address."""
        self.page.goto(urljoin(self._address, path))
        return self

    def follow(self, words: str = "", *, to: str = "") -> Self:
        """Click the first link with these words, or whose address fits ``to`` (a pattern)."""
        place = self.page.evaluate(LINK, [words, to])
        assert place >= 0, f"{self.path} has no link {words!r} {to!r}:\n{self.text}"
        link = self.page.locator("a").nth(place)
        with self.page.expect_navigation():
            link.click()
        return self

    def fill(self, ending: str, **typed: object) -> Self:
        """Fill the form whose address ends so, and press its button."""
        return self._send("post", ending, typed)

    def search(self, ending: str, **typed: object) -> Self:
        """Fill a form that only asks."""
        return self._send("get", ending, typed)

    def _send(self, method: str, ending: str, typed: dict[str, object]) -> Self:
        place = self.page.evaluate(FORM, [method, ending])
        assert place >= 0, f"{self.path} has no form for {ending!r}:\n{self.text}"
        form = self.page.locator("form").nth(place)
        self._open_details(form)
        for name, value in typed.items():
            self._type(form, name, value)
        with self.page.expect_navigation():
            form.locator(BUTTON).first.click()
        return self

    def attach(self, ending: str, field: str, name: str, raw: bytes, **typed: object) -> Self:
        """Fill the form whose address ends so, choose a file, and press its button."""
        form = self.page.locator("form").nth(self.page.evaluate(FORM, ["post", ending]))
        file = FilePayload(name=name, mimeType="application/octet-stream", buffer=raw)
        form.locator(f'[name="{field}"]').set_input_files(file)
        return self._send("post", ending, typed)

    def _open_details(self, form: Locator) -> None:
        details = form.locator("xpath=ancestor::details[not(@open)]")
        if details.count():
            details.locator("summary").first.click()

    def _type(self, form: Locator, name: str, value: object) -> None:
        control = form.locator(f'[name="{name}"]')
        assert control.count(), f"{self.path}: no field {name!r}"
        kind = control.first.evaluate("e => e.tagName === 'SELECT' ? 'select' : e.type")
        if kind == "select":
            words = str(value)
            options = control.evaluate("e => [...e.options].map(o => [o.value, o.text])")
            found = [v for v, _ in options if v == words] or [v for v, t in options if words in t]
            control.select_option(found[0])
        elif kind in {"checkbox", "radio"}:
            for each in value if isinstance(value, list | tuple) else [value]:
                form.locator(f'[name="{name}"][value="{each}"]').check()
        elif kind != "hidden":
            control.fill(str(value))

    def reads(self, *sentences: str) -> Self:
        """Every sentence stands on the page."""
        text = self.text
        for sentence in sentences:
            assert sentence in text, f"{self.path} lacks {sentence!r}:\n{text}"
        return self

    def lacks(self, *sentences: str) -> Self:
        """None of these sentences stands on the page."""
        text = self.text
        for sentence in sentences:
            assert sentence not in text, f"{self.path} has {sentence!r}:\n{text}"
        return self

    def speak(self, language: str) -> Self:
        """Switch the page's language by its button."""
        button = self.page.locator(f'button[name="language"][value="{language}"]')
        if button.count():
            with self.page.expect_navigation():
                button.click()
        self.language = language
        return self

    def fetch(self, path: str) -> bytes:
        """What an address gives, whole."""
        answer = self._context.request.get(urljoin(self._address, path))
        assert answer.ok, f"{path}: {answer.status}"
        return answer.body()

    def look(self, name: str) -> Self:
        """Take four pictures of a page not seen before, and hold each against the rules.

        axe-core takes longest and reads one of the four, another from page to page.
        """
        if name in self._album.seen:
            return self
        self._album.seen.add(name)
        before = self.language
        turn = len(self._album.seen)
        for language in sorted(LANGUAGES, key=lambda known: known == before):
            self.speak(language)
            for width in (NARROW, WIDE):
                turn += 1
                self._take_picture(name, width, check_all=turn % 4 == 0)
        return self

    def glance(self, name: str) -> Self:
        """Two pictures of a page that is shown once, and so in one language."""
        for width in (NARROW, WIDE):
            self._take_picture(name, width, check_all=width == WIDE)
        return self

    def _take_picture(self, name: str, width: int, *, check_all: bool) -> None:
        self.page.set_viewport_size({"width": width, "height": 800})
        picture = self._album.folder / f"{name}-{self.language[:2]}-{width}.png"
        self.page.screenshot(path=picture, full_page=True)
        self._hold_against_rules(check_all=check_all)

    def _hold_against_rules(self, *, check_all: bool) -> None:
        wide = self.page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
        if wide[0] > wide[1]:
            self._fault(f"scrolls sideways, {wide[0]} px: {self.page.evaluate(WIDER)}")
        if check_all:
            found = Axe().run(self.page).response["violations"]
            for violation in found:
                if violation["impact"] in {"serious", "critical"}:
                    where = [node["html"][:120] for node in violation["nodes"][:3]]
                    self._fault(f"axe {violation['id']}: {violation['help']}: {where}")
