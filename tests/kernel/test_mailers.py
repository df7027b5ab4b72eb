"""Letters leave as mail, by real SMTP on loopback, or as files."""

import ssl
import stat
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

import pytest
from aiosmtpd.smtp import SMTP

from config import ConfigError, Settings
from market.app import create_app
from market.kernel.mail import Letter
from market.kernel.mailers import (
    FolderMailer,
    Rejected,
    SmtpMailer,
    Unreachable,
    Unsent,
    address_of,
    message_of,
    url_fault,
)
from tests.kernel.smtp import PASSWORD, USER, free_port, knows, mail_server, own_tls

AT = datetime(2026, 3, 10, 2, 0, tzinfo=UTC)
SENDER = "技术市场 <post@market.example>"
SUBJECT = "等待您处理 · 一种锂硫电池正极材料的制备方法"


def letter(**over: object) -> Letter:
    made = {
        "key": "inbox-1",
        "to_address": "zhang@x.example",
        "language": "zh_Hans",
        "subject": SUBJECT,
        "plain": "张三：您好！\n\n报价¥800,000.00。\n",
        "html": "<!doctype html><p>张三：您好！</p>",
        "written_at": AT,
        **over,
    }
    return Letter(**made)


def test_a_chinese_letter_arrives_whole_in_plain_text_and_html() -> None:
    with mail_server() as server:
        SmtpMailer(server.url).send(message_of(letter(), SENDER))
    (taken,), (envelope,) = server.taken, server.envelopes
    assert taken["Subject"] == SUBJECT
    assert taken["From"] == SENDER
    assert envelope.rcpt_tos == ["zhang@x.example"]
    assert envelope.mail_from == "post@market.example"
    assert taken.get_content_type() == "multipart/alternative"
    plain, html = taken.get_body(("plain",)), taken.get_body(("html",))
    assert plain is not None
    assert html is not None
    assert plain.get_content().splitlines() == ["张三：您好！", "", "报价¥800,000.00。"]
    assert html.get_content().strip() == "<!doctype html><p>张三：您好！</p>"
    assert taken["Auto-Submitted"] == "auto-generated"
    assert taken["Content-Language"] == "zh-Hans"


def test_the_same_letter_has_the_same_id_and_another_has_another() -> None:
    once, again = (message_of(letter(), SENDER)["Message-ID"] for _ in range(2))
    other = message_of(letter(key="inbox-2"), SENDER)["Message-ID"]
    assert once == again != other
    assert once.endswith("@market.example>")


@pytest.mark.parametrize(
    "over",
    [
        {"subject": "Hello\r\nBcc: all@x.example"},
        {"subject": "Hello\nBcc: all@x.example"},
        {"to_address": "a@x.example\r\nBcc: all@x.example"},
        {"to_address": "a@x.example, b@x.example"},
        {"to_address": "a@x.example; b@x.example"},
        {"to_address": "A <a@x.example>"},
        {"to_address": "no address"},
        {"to_address": ""},
    ],
    ids=repr,
)
def test_no_header_is_smuggled_in_and_no_second_recipient(over: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"."):
        message_of(letter(**over), SENDER)


@pytest.mark.parametrize(
    ("written", "name", "spec"),
    [
        ("post@market.example", "", "post@market.example"),
        ("Market <post@market.example>", "Market", "post@market.example"),
        ('"长株潭" <post@market.example>', "长株潭", "post@market.example"),
    ],
)
def test_a_sender_has_an_address_with_or_without_a_name(written: str, name: str, spec: str) -> None:
    address = address_of(written)
    assert (address.display_name, address.addr_spec) == (name, spec)


@pytest.mark.parametrize("url", ["smtp://mail.example", "smtps://u:p%40ss@mail.example:465"])
def test_such_urls_name_a_mail_server(url: str) -> None:
    assert url_fault(url) is None


@pytest.mark.parametrize(
    "url", ["mail.example", "http://mail.example", "smtp://", "smtp://h:port", "smtp://h:0"]
)
def test_such_urls_keep_the_market_from_starting(tmp_path: Path, url: str) -> None:
    assert url_fault(url) is not None
    settings = Settings.for_tests(tmp_path, smtp_url=url, mail_from="post@market.example")
    with pytest.raises(ConfigError, match="MARKET_SMTP_URL"):
        create_app(settings)


def test_a_sender_that_is_no_address_keeps_the_market_from_starting(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="MARKET_MAIL_FROM"):
        create_app(Settings.for_tests(tmp_path, mail_from="nobody\r\nBcc: x@x.example"))
    with pytest.raises(ConfigError, match="MARKET_MAIL_FROM"):
        Settings.for_tests(tmp_path, smtp_url="smtp://mail.example")


def send_to(url: str, tls: ssl.SSLContext | None = None) -> None:
    SmtpMailer(url, tls).send(message_of(letter(), SENDER))


def test_a_server_that_is_away_is_unreachable() -> None:
    with pytest.raises(Unreachable):
        send_to(f"smtp://127.0.0.1:{free_port()}")


@pytest.mark.parametrize(
    ("answer", "raised"),
    [("451 later", Unsent), ("452 full", Unsent), ("554 never", Rejected), ("552 big", Rejected)],
)
def test_a_4xx_may_be_tried_again_and_a_5xx_not(answer: str, raised: type[Exception]) -> None:
    with mail_server() as server:
        server.answer = answer
        with pytest.raises(raised, match=answer.split()[1]):
            send_to(server.url)


@pytest.mark.parametrize(("answer", "raised"), [("450 busy", Unsent), ("550 unknown", Rejected)])
def test_the_same_holds_for_the_recipient(answer: str, raised: type[Exception]) -> None:
    with mail_server() as server:
        server.at_recipient = answer
        with pytest.raises(raised, match=answer.split()[1]):
            send_to(server.url)


class Curt(SMTP):
    """Takes the letter and then answers rudely to QUIT."""

    async def smtp_QUIT(self, _arg: str) -> None:  # noqa: N802
        await self.push("500 go away")
        assert self._handler_coroutine is not None
        self._handler_coroutine.cancel()


def test_how_the_server_takes_leave_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sabotage of politeness: a bad answer to QUIT must not send a taken letter once more."""
    monkeypatch.setattr("aiosmtpd.controller.SMTP", Curt)
    with mail_server() as server:
        send_to(server.url)
    assert len(server.taken) == 1


def test_a_user_signs_in_over_starttls(tmp_path: Path) -> None:
    theirs, ours = own_tls(tmp_path)
    with mail_server(
        tls_context=theirs, require_starttls=True, authenticator=knows, auth_required=True
    ) as server:
        quoted = PASSWORD.replace("@", "%40").replace(":", "%3A").replace("/", "%2F")
        send_to(f"smtp://{USER}:{quoted}@127.0.0.1:{server.port}", ours)
        with pytest.raises(Unreachable, match="535"):
            send_to(f"smtp://{USER}:wrong@127.0.0.1:{server.port}", ours)
    assert server.sessions[0].ssl is not None
    assert len(server.taken) == 1


def test_a_certificate_that_nobody_trusts_is_not_spoken_to(tmp_path: Path) -> None:
    theirs, _ = own_tls(tmp_path)
    with mail_server(tls_context=theirs) as server, pytest.raises(Unreachable, match="verify"):
        send_to(server.url)
    assert server.taken == []


def test_tls_from_the_first_byte(tmp_path: Path) -> None:
    theirs, ours = own_tls(tmp_path)
    with mail_server(ssl_context=theirs) as server:
        send_to(f"smtps://127.0.0.1:{server.port}", ours)
    assert len(server.taken) == 1


def test_a_folder_keeps_each_letter_as_one_file_for_its_owner(tmp_path: Path) -> None:
    mailer = FolderMailer(tmp_path / "mail")
    for _ in range(2):
        mailer.send(message_of(letter(), SENDER))
    (kept,) = (tmp_path / "mail").iterdir()
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert "张三".encode() not in kept.read_bytes(), "mail is written in ASCII"
    assert isinstance(message_of(letter(), SENDER), EmailMessage)
