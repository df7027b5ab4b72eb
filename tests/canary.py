"""Canaries: unguessable words in private fields, and a watch that sees whom an answer reaches.

``plant`` makes a word for one kind of field; the builders of ``tests.make`` put them where people
write what is not for everybody. ``watch`` looks at every answer of an application: each canary in
it must be one that its reader may see. Who may is written down here a second time, in SQL and
apart from the market's own rules (promises 3.2 (8)): so every test of a page is a test for leaks.
"""

import re
import secrets
from collections.abc import Callable, Iterable
from typing import Any

import sqlalchemy as sa
from flask import Flask, Response, request
from flask_login import current_user
from sqlalchemy.orm import Session

from market.kernel.authority import STAFF, Actor, Role

PASSWORD = "seven quiet river stones"
"""The password of everybody whom the builders make; no page ever shows it."""

WORD = re.compile(r"canary-([a-z]+)-[0-9a-f]{20}")
READ = ("text/", "application/json", "application/xml")


class Leaks(list[str]):
    """What reached somebody whom it should not have reached."""


def plant(kind: str) -> str:
    """A word that stands nowhere else in the world."""
    assert kind in MAY_READ, f"nobody has written down who reads a {kind}"
    return f"canary-{kind}-{secrets.token_hex(10)}"


def watch(app: Flask) -> Leaks:
    """Look at every answer of this application; what leaked is collected."""
    leaks = app.extensions["canary.leaks"] = Leaks()

    @app.after_request
    def look(response: Response) -> Response:
        leaks.extend(found(app, response))
        return response

    return leaks


def found(app: Flask, response: Response) -> Iterable[str]:
    """The canaries in an answer that its reader may not see."""
    if response.direct_passthrough or not (response.mimetype or "").startswith(READ):
        return
    said = response.get_data(as_text=True) + (response.location or "")
    for secret in (PASSWORD, "$argon2"):
        if secret in said:
            yield f"{request.method} {request.path} shows a password or its hash"
    for word in dict.fromkeys(each[0] for each in re.finditer(WORD, said)):
        by: Actor = current_user.actor
        kind = WORD.fullmatch(word)
        assert kind is not None
        with app.extensions["market.database"].reading() as s:
            if not MAY_READ[kind[1]](s, word, by):
                yield f"{request.method} {request.path} shows {word} to {by}"


# ── who may read what ────────────────────────────────────────────────────────────────────────────


def _rows(s: Session, sql: str, word: str) -> list[Any]:
    return list(s.execute(sa.text(sql), {"word": f"%{word}%"}))


def _draft(s: Session, word: str, by: Actor) -> bool:
    """A listing's abstract: its seller's and the auditor's; the operator's from submission on;
    everybody's while it is on the market, and where a deal took it off."""
    if by.has(Role.AUDITOR):
        return True
    rows = _rows(s, "SELECT seller_id, status FROM listings WHERE abstract LIKE :word", word)
    return any(
        row.status in ("published", "transferred")
        or row.seller_id in by.parties
        or (by.has(Role.OPERATOR) and row.status != "draft")
        for row in rows
    )


def _message(s: Session, word: str, by: Actor) -> bool:
    """A word at the table: its two sides', and the auditor's who has named a case."""
    sql = """SELECT l.seller_id, n.buyer_id FROM offers o
             JOIN negotiations n ON n.id = o.negotiation_id
             JOIN listings l ON l.id = n.listing_id WHERE o.message LIKE :word"""
    sides = {side for row in _rows(s, sql, word) for side in row}
    named = by.has(Role.AUDITOR) and by.case_no != ""
    return named or not sides.isdisjoint(by.parties)


def _contact(s: Session, word: str, by: Actor) -> bool:
    """Whom to call at a party: its members and the market's staff know."""
    ids = {row.id for row in _rows(s, "SELECT id FROM parties WHERE contact LIKE :word", word)}
    return by.has(*STAFF) or not ids.isdisjoint(by.parties)


def _clause(s: Session, word: str, by: Actor) -> bool:
    """A clause of a contract: its sides, the auditor, and the registry that it is filed with."""
    sql = """SELECT c.seller_id, c.buyer_id, a.registry_id FROM contracts c
             LEFT JOIN registry_applications a ON a.contract_id = c.id WHERE c.special LIKE :word"""
    rows = _rows(s, sql, word)
    return by.has(Role.AUDITOR) or any(
        row.seller_id in by.parties
        or row.buyer_id in by.parties
        or (by.has(Role.REGISTRAR) and by.registry_id == row.registry_id)
        for row in rows
    )


def _mail(s: Session, word: str, by: Actor) -> bool:
    """A person's address: their own, the administrator's, their fellow members', and that of a
    party that invited it."""
    sql = """SELECT u.id, m.party_id FROM users u
             LEFT JOIN memberships m ON m.user_id = u.id WHERE u.email LIKE :word
             UNION SELECT 0, i.party_id FROM invitations i WHERE i.email LIKE :word"""
    return by.has(Role.ADMINISTRATOR) or any(
        row.id == by.user_id or row.party_id in by.parties for row in _rows(s, sql, word)
    )


def _account(s: Session, word: str, by: Actor) -> bool:
    """Where proceeds go: the party's members know, and the operator who hands them to the bank."""
    rows = _rows(s, "SELECT party_id FROM payout_accounts WHERE bank LIKE :word", word)
    return by.has(Role.OPERATOR) or any(row.party_id in by.parties for row in rows)


def _books(s: Session, word: str, by: Actor) -> bool:
    """Where the figures of a royalty stand: its two sides know, and the auditor."""
    sql = """SELECT a.licensor_id, a.licensee_id FROM royalty_statements t
             JOIN royalty_agreements a ON a.id = t.agreement_id WHERE t.evidence LIKE :word"""
    sides = {side for row in _rows(s, sql, word) for side in row}
    return by.has(Role.AUDITOR) or not sides.isdisjoint(by.parties)


MAY_READ: dict[str, Callable[[Session, str, Actor], bool]] = {
    "draft": _draft,
    "message": _message,
    "contact": _contact,
    "clause": _clause,
    "mail": _mail,
    "account": _account,
    "books": _books,
}
