"""How a letter leaves the house: by SMTP, or into a folder where nothing is sent.

``Mailer`` is the small protocol between; the folder is the twin for demos and development.
"""

import hashlib
import smtplib
import ssl
from contextlib import suppress
from dataclasses import dataclass
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from ipaddress import ip_address
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit

from market.kernel.mail import Letter

PATIENCE = 20
"""Seconds that the mail server has for each answer: ten of them stay within a claim's lease."""
PORTS = {"smtp": 25, "smtps": 465}


class Unsent(Exception):
    """The letter was not taken, but may be later."""


class Unreachable(Unsent):
    """The mail server does not answer, or not to us: other letters need not be tried now."""


class Rejected(Exception):
    """The mail server will never take this letter."""


class Mailer(Protocol):
    """Takes one letter out of the house, or raises ``Unsent`` or ``Rejected``."""

    def send(self, message: EmailMessage) -> None:
        """Hand the letter over; once this returns, it is the receiver's."""


def message_of(letter: Letter, sender: str) -> EmailMessage:
    """The mail: plain text and HTML, to exactly one address, with an id that never changes.

    ``EmailMessage`` refuses line breaks in a header, and ``Address`` a second recipient.
    """
    message = EmailMessage(policy=SMTP)
    author = address_of(sender)
    message["From"] = author
    message["To"] = _address("", letter.to_address)
    message["Subject"] = letter.subject
    message["Date"] = format_datetime(letter.written_at)
    digest = hashlib.sha256(letter.key.encode()).hexdigest()
    message["Message-ID"] = f"<{digest[:40]}@{author.domain}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(letter.plain, cte=_encoding(letter.plain))
    message.add_alternative(letter.html, subtype="html", cte=_encoding(letter.html))
    message["Content-Language"] = letter.language.replace("_", "-")
    return message


def _encoding(text: str) -> str:
    """Seven bits and short lines: what every mail server on the way lets pass unchanged."""
    return "quoted-printable" if text.isascii() else "base64"


def address_of(written: str) -> Address:
    """An address, with or without a name: ``Market <post@market.example>``; ValueError else."""
    name, bracket, rest = written.strip().rpartition("<")
    spec = rest.removesuffix(">") if bracket else rest
    return _address(name.strip().strip('"'), spec.strip())


def _address(name: str, spec: str) -> Address:
    """One address and nothing beside it; ValueError where there is more or less."""
    try:
        address = Address(display_name=name, addr_spec=spec)
    except (MessageError, IndexError) as error:
        raise ValueError(f"{spec!r} is no address") from error
    if not address.username or not address.domain:
        raise ValueError(f"{spec!r} is no address")
    return address


@dataclass(frozen=True)
class FolderMailer:
    """Writes each letter into a folder, under its id: the same letter is the same file."""

    folder: Path

    def send(self, message: EmailMessage) -> None:
        """Write the file whole, readable by its owner only."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        target = self.folder / f"{str(message['Message-ID']).strip('<>').partition('@')[0]}.eml"
        partly = target.with_suffix(".part")
        partly.touch(mode=0o600)
        partly.write_bytes(message.as_bytes())
        partly.replace(target)


@dataclass(frozen=True)
class SmtpMailer:
    """Sends through the mail server that a URL names: ``smtp[s]://user:password@host:port``.

    ``smtps`` is TLS from the first byte; ``smtp`` insists on STARTTLS unless the server is this
    machine, so that nobody on the way reads a letter or a password.
    """

    url: str
    tls: ssl.SSLContext | None = None

    def send(self, message: EmailMessage) -> None:
        """One connection, one letter: a letter that was taken is never sent by a second one."""
        try:
            self._hand_over(message)
        except smtplib.SMTPRecipientsRefused as error:
            code, why = next(iter(error.recipients.values()))
            raise _no(code, why) from error
        except (smtplib.SMTPAuthenticationError, smtplib.SMTPConnectError) as error:
            raise Unreachable(f"{error.smtp_code} {_text(error.smtp_error)}") from error
        except smtplib.SMTPResponseException as error:
            raise _no(error.smtp_code, error.smtp_error) from error
        except smtplib.SMTPNotSupportedError as error:
            raise Rejected(str(error)) from error
        except (smtplib.SMTPException, OSError) as error:
            raise Unreachable(str(error) or type(error).__name__) from error

    def _hand_over(self, message: EmailMessage) -> None:
        where = urlsplit(self.url)
        host, port = where.hostname or "", where.port or PORTS[where.scheme]
        tls = self.tls or ssl.create_default_context()
        if where.scheme == "smtps":
            server: smtplib.SMTP = smtplib.SMTP_SSL(host, port, timeout=PATIENCE, context=tls)
        else:
            server = smtplib.SMTP(host, port, timeout=PATIENCE)
        try:
            server.ehlo()
            if where.scheme == "smtp" and (server.has_extn("starttls") or not _here(host)):
                server.starttls(context=tls)
            if where.username:
                server.login(unquote(where.username), unquote(where.password or ""))
            server.send_message(message)
        finally:  # the letter is theirs or not, however they take our leave
            with suppress(smtplib.SMTPException, OSError):
                server.quit()
            server.close()


def url_fault(url: str) -> str | None:
    """What is wrong with the address of a mail server, if anything is."""
    try:
        where = urlsplit(url)
        known = where.scheme in PORTS and bool(where.hostname) and where.port != 0
    except ValueError:
        known = False
    return None if known else "it must read smtp[s]://[user:password@]host[:port]"


def _here(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _no(code: int, why: bytes | str) -> Exception:
    """A 5xx is the server's last word on this letter; a 4xx is not."""
    said = f"{code} {_text(why)}"
    return Rejected(said) if 500 <= code < 600 else Unsent(said)


def _text(why: bytes | str) -> str:
    return why.decode("utf-8", "replace") if isinstance(why, bytes) else why
