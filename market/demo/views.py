"""The demo's post: letters that nobody sends lie here, so that a newcomer can follow their links.

Registered in demo mode only; elsewhere there is no such page.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from email.utils import parsedate_to_datetime
from pathlib import Path

from flask import Blueprint, current_app, render_template
from flask.typing import ResponseReturnValue

from market.kernel.authority import SEE_PUBLIC, asks
from market.kernel.db import Missing

bp = Blueprint("post", __name__, template_folder="templates")

SHOWN = 100
NAME = re.compile(r"[0-9a-f]{40}")
LINK = re.compile(r"(https?://[^\s<>\"]+)")


@dataclass(frozen=True)
class Kept:
    """A letter in the folder, as its receiver would read it."""

    name: str
    to: str
    subject: str
    at: datetime
    plain: str

    @property
    def pieces(self) -> list[tuple[str, bool]]:
        """The text in pieces, each with whether it is a link of this market."""
        base = f"{current_app.extensions['market.settings'].base_url}/"
        return [(piece, piece.startswith(base)) for piece in LINK.split(self.plain) if piece]


@bp.get("/post")
@asks(SEE_PUBLIC)
def index() -> ResponseReturnValue:
    """All letters, the newest first."""
    files = [path for path in _folder().glob("*.eml") if NAME.fullmatch(path.stem)]
    files.sort(key=lambda path: path.stat().st_mtime_ns, reverse=True)
    return render_template("demo/post.html", letters=[_read(path) for path in files[:SHOWN]])


@bp.get("/post/<name>")
@asks(SEE_PUBLIC)
def show(name: str) -> ResponseReturnValue:
    """One letter, with its links."""
    path = _folder() / f"{name}.eml"
    if not NAME.fullmatch(name) or not path.exists():
        raise Missing("letter", name)
    return render_template("demo/letter.html", letter=_read(path))


def _folder() -> Path:
    settings = current_app.extensions["market.settings"]
    folder: Path = settings.instance / "mail"
    return folder


def _read(path: Path) -> Kept:
    message = message_from_bytes(path.read_bytes(), policy=default)
    assert isinstance(message, EmailMessage), "the policy makes it one"
    body = message.get_body(("plain",))
    return Kept(
        name=path.stem,
        to=str(message["To"]),
        subject=str(message["Subject"]),
        at=parsedate_to_datetime(str(message["Date"])),
        plain=str(body.get_content()).strip() if body is not None else "",
    )
