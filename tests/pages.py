"""A visitor who has only what a browser has: pages, links, and the forms that stand on them."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from html.parser import HTMLParser
from io import BytesIO
from urllib.parse import urljoin, urlsplit

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.datastructures import MultiDict

Abroad = Callable[[str], str]
"""What another site does with whoever arrives at an address: it sends them back to another."""

SPACES = re.compile(r"\s+")
UNCHECKED = {"checkbox", "radio"}
UNSENT = {"submit", "button", "reset", "image"}


@dataclass
class Form:
    """One form of a page: where it goes and what it would send as it stands."""

    action: str
    method: str = "get"
    values: list[tuple[str, str]] = field(default_factory=list)
    names: set[str] = field(default_factory=set)
    options: dict[str, list[tuple[str, str]]] = field(default_factory=dict)

    def sent(self, typed: dict[str, object]) -> MultiDict[str, str]:
        """What is sent after typing into named fields; a field that is not there is a fault."""
        strangers = set(typed) - self.names
        assert not strangers, f"no field {sorted(strangers)} in {sorted(self.names)}"
        sent = MultiDict((name, value) for name, value in self.values if name not in typed)
        for name, value in typed.items():
            for each in value if isinstance(value, list | tuple) else [value]:
                sent.add(name, self._option(name, str(each)))
        return sent

    def _option(self, name: str, wanted: str) -> str:
        """A choice by its value or by the words that a person reads."""
        offered = self.options.get(name)
        if offered is None or wanted in {value for value, _ in offered}:
            return wanted
        found = [value for value, words in offered if wanted in words]
        assert found, f"{name} offers {offered}, not {wanted}"
        return found[0]


class _Reader(HTMLParser):
    """Forms, links and text of one page."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.links: list[tuple[str, str]] = []
        self.words: list[str] = []
        self._form: Form | None = None
        self._select: str | None = None
        self._option: list[str] | None = None
        self._area: tuple[str, list[str]] | None = None
        self._link: tuple[str, list[str]] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what a form holds and where a link leads."""
        has = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._form = Form(has.get("action", ""), has.get("method", "get").lower())
            self.forms.append(self._form)
        elif tag == "a" and "href" in has:
            self._link = (has["href"], [])
        elif self._form is not None and "name" in has:
            self._start_field(self._form, tag, has)
        elif tag == "option" and self._form is not None and self._select is not None:
            self._option = [has.get("value", "")]
            self._form.options[self._select].append((has.get("value", ""), ""))
            if "selected" in has:
                self._form.values.append((self._select, has.get("value", "")))

    def _start_field(self, form: Form, tag: str, has: dict[str, str]) -> None:
        name, kind = has["name"], has.get("type", "text")
        form.names.add(name)
        if tag == "textarea":
            self._area = (name, [])
        elif tag == "select":
            self._select = name
            form.options[name] = []
        elif tag == "button":
            pass  # sends its value only where it is the one pressed
        elif kind in UNCHECKED:
            value = has.get("value", "on")
            if kind == "radio":
                form.options.setdefault(name, []).append((value, value))
            if "checked" in has:
                form.values.append((name, value))
        elif kind not in UNSENT:
            form.values.append((name, has.get("value", "")))

    def handle_endtag(self, tag: str) -> None:
        """Close what was open."""
        if tag == "form":
            self._form = None
        elif tag == "select" and self._form is not None and self._select is not None:
            offered = self._form.options[self._select]
            if offered and self._select not in {name for name, _ in self._form.values}:
                self._form.values.append((self._select, offered[0][0]))
            self._select = self._option = None
        elif tag == "textarea" and self._form is not None and self._area is not None:
            name, typed = self._area
            self._form.values.append((name, "".join(typed).removeprefix("\r").removeprefix("\n")))
            self._area = None
        elif tag == "a" and self._link is not None:
            self.links.append((self._link[0], SPACES.sub(" ", "".join(self._link[1])).strip()))
            self._link = None

    def handle_data(self, data: str) -> None:
        """Collect words where they belong."""
        self.words.append(data)
        if self._area is not None:
            self._area[1].append(data)
        if self._link is not None:
            self._link[1].append(data)
        if self._form is not None and self._select is not None and data.strip():
            offered = self._form.options[self._select]
            if offered:
                value, words = offered[-1]
                offered[-1] = (value, (words + data).strip())


def forms_of(html: str) -> list[Form]:
    """The forms that stand on a page."""
    reader = _Reader()
    reader.feed(html)
    return reader.forms


class Visitor:
    """Somebody at a browser: goes to addresses, follows links, fills forms, reads."""

    def __init__(self, app: Flask, language: str = "zh_Hans", abroad: Abroad | None = None) -> None:
        self.client: FlaskClient = app.test_client()
        self._abroad = abroad
        self.path, self.status, self.html = "/", 0, ""
        self.go("/")
        if language != "zh_Hans":
            self.speak(language)

    def go(self, path: str) -> "Visitor":
        """Open an address; redirections are followed, as browsers do."""
        return self._take(self.client.get(path, follow_redirects=True))

    def _take(self, answer: object) -> "Visitor":
        request, self.status = answer.request, answer.status_code  # type: ignore[attr-defined]
        self.path = request.full_path.rstrip("?")
        kind = answer.content_type  # type: ignore[attr-defined]
        self.content = answer.data  # type: ignore[attr-defined]
        self.html = answer.text if kind.startswith("text/") else ""  # type: ignore[attr-defined]
        assert self.status < 500, f"{self.path}: {self.status}"
        self._page = _Reader()
        self._page.feed(self.html)
        return self

    @property
    def text(self) -> str:
        """What stands on the page, spaces drawn together."""
        return SPACES.sub(" ", "".join(self._page.words))

    @property
    def forms(self) -> list[Form]:
        """The forms of this page."""
        return self._page.forms

    def form(self, ending: str) -> Form:
        """The form whose address ends so; an empty one stands for the page's own address."""
        here = urlsplit(self.path).path
        for form in self.forms:
            target = urlsplit(urljoin(here, form.action)).path if form.action else here
            if target.endswith(ending) and form.method == "post":
                return form
        actions = [form.action for form in self.forms]
        raise AssertionError(f"{self.path} has no form for {ending!r}: {actions}\n{self.text}")

    def fill(self, ending: str, **typed: object) -> "Visitor":
        """Fill the form whose address ends so, and send it."""
        form = self.form(ending)
        target = urljoin(self.path, form.action) if form.action else self.path
        answer = self.client.post(target, data=form.sent(typed))
        if self._abroad and urlsplit(answer.location or "").netloc:
            back = urlsplit(self._abroad(answer.location))
            return self.go(f"{back.path}?{back.query}")
        if answer.location:
            return self.go(urljoin(target, answer.location))
        return self._take(answer)

    def attach(self, ending: str, field: str, name: str, raw: bytes, **typed: object) -> "Visitor":
        """Fill the form whose address ends so, with a file of this name, and send it."""
        form = self.form(ending)
        sent = {key: each for key, each in form.sent(typed).lists() if key != field}
        target = urljoin(self.path, form.action) if form.action else self.path
        file = {field: (BytesIO(raw), name)}
        return self._take(self.client.post(target, data={**sent, **file}, follow_redirects=True))

    def search(self, ending: str, **typed: object) -> "Visitor":
        """Fill a form that only asks (GET)."""
        here = urlsplit(self.path).path
        for form in self.forms:
            target = urlsplit(urljoin(here, form.action)).path if form.action else here
            if target.endswith(ending) and form.method == "get" and set(typed) <= form.names:
                answer = self.client.get(
                    target, query_string=form.sent(typed), follow_redirects=True
                )
                return self._take(answer)
        raise AssertionError(f"{self.path} has no question at {ending!r}")

    def follow(self, words: str = "", *, to: str = "") -> "Visitor":
        """Follow the first link with these words, or whose address fits ``to`` (a pattern)."""
        for address, said in self._page.links:
            if words in said and re.search(to, address):
                return self.go(urljoin(self.path, address))
        raise AssertionError(
            f"{self.path} has no link {words!r} {to!r}: {self._page.links}\n{self.text}"
        )

    def reads(self, *sentences: str) -> "Visitor":
        """Every sentence stands on the page."""
        for sentence in sentences:
            assert sentence in self.text, f"{self.path} lacks {sentence!r}:\n{self.text}"
        return self

    def lacks(self, *sentences: str) -> "Visitor":
        """None of these sentences stands on the page."""
        for sentence in sentences:
            assert sentence not in self.text, f"{self.path} has {sentence!r}:\n{self.text}"
        return self

    def speak(self, language: str) -> "Visitor":
        """Switch the page's language."""
        return self.fill("/language", language=language)

    def look(self, name: str) -> "Visitor":
        """Nothing to see here; a browser takes a picture."""
        return self

    def glance(self, name: str) -> "Visitor":
        """Nothing to see here either, on a page that is shown once."""
        return self

    def fetch(self, path: str) -> bytes:
        """What an address gives, whole."""
        answer = self.client.get(path)
        assert answer.status_code == 200, f"{path}: {answer.status}"
        return bytes(answer.data)
