"""What a person reads of their messages, as far as they may still see what these are about."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session

from market.accounts.queries import user_names
from market.accounts.rules import GRANT_POWER
from market.bank.models import Statement, StatementLine
from market.bank.rules import SEE as SEE_BANK
from market.contracts.queries import get_contract
from market.deals.queries import get_deal
from market.inbox.models import Message
from market.inbox.news import Urgency
from market.inbox.sentences import sentence
from market.kernel.authority import Act, Actor, reads
from market.kernel.db import Missing, get
from market.kernel.paging import Page, paged
from market.kernel.proposals import Proposal
from market.listings.queries import get_listing
from market.negotiation.queries import get_negotiation
from market.parties.models import Invitation, PartyPaper
from market.parties.queries import get_tie, get_visible_party, party_names
from market.payments.backoffice import get_deposit
from market.payments.correcting import find_settlement
from market.payments.gateway_models import Payment
from market.payments.payout_models import Payout, PayoutAccount
from market.payments.queries import get_obligation
from market.payments.royalty_queries import get_royalty
from market.payments.rules import CORRECT, SEND
from market.registry.queries import get_application
from market.rulebook.models import Amendment
from market.rulebook.rules import AMEND

Place = tuple[str, dict[str, Any]]
"""A page of the market: its endpoint and what the address needs."""


@dataclass(frozen=True)
class Line:
    """A message as its reader sees it now: what it says, about what, and where that stands.

    ``title`` and ``place`` are empty where the reader may not see it any more.
    """

    message: Message
    sentence: str
    title: str = ""
    place: Place | None = None
    party: str = ""


def unread(session: Session, by: Actor) -> int:
    """How many messages a person has not read."""
    found = select(func.count()).select_from(Message)
    return session.scalar(_own(found, by).where(Message.read_at.is_(None))) or 0


def messages_page(session: Session, by: Actor, number: int, *, waiting: bool) -> Page[Message]:
    """One page of a person's messages: unread first, then the newest; or only what waited."""
    found = _own(select(Message), by)
    if waiting:
        found = found.where(Message.urgency == Urgency.WAITS)
    newest = found.order_by(Message.read_at.is_not(None), Message.at.desc(), Message.id.desc())
    return paged(session, newest, number)


def newest(session: Session, by: Actor) -> int:
    """The id of a person's latest message; 0 where there is none."""
    return session.scalar(_own(select(func.max(Message.id)), by)) or 0


def get_message(session: Session, message_id: int, by: Actor) -> Message:
    """The message, if it was written to this person; else ``Missing``."""
    found = _own(select(Message), by).where(Message.id == message_id)
    message: Message | None = session.scalars(found).first()
    if message is None:
        raise Missing("message", message_id)
    return message


def _own(found: Select[Any], by: Actor) -> Select[Any]:
    """A message to a member of a party is gone with the seat."""
    seated = or_(Message.party_id.is_(None), Message.party_id.in_(by.parties))
    return found.where(Message.user_id == by.user_id, seated)


def lines(session: Session, messages: Sequence[Message], by: Actor, at: datetime) -> list[Line]:
    """Messages as this person may read them at this instant, in the language of the page."""
    return [_line(session, message, _acting(by, message.party_id), at) for message in messages]


def _acting(by: Actor, party_id: int | None) -> Actor:
    """The reader as member of the party that the message was written to."""
    return by if party_id is None else replace(by, party_id=party_id)


def _line(session: Session, message: Message, by: Actor, at: datetime) -> Line:
    told, about = message.told, ABOUT.get(message.subject_kind)
    try:
        title, place = about(session, message.subject_id, by, at) if about else ("", None)
    except Missing:
        return Line(message, sentence(message.news, told, ""))
    acted = told.get("party")
    ids = {each for each in (acted, message.party_id) if isinstance(each, int)}
    names = party_names(session, ids)
    said = sentence(message.news, told, names.get(acted, "") if isinstance(acted, int) else "")
    return Line(message, said, title, place, names.get(message.party_id or 0, ""))


# ── what a message is about ──────────────────────────────────────────────────────────────────────

About = Callable[[Session, int, Actor, datetime], tuple[str, Place]]


def _listing(session: Session, key: int, by: Actor, _at: datetime) -> tuple[str, Place]:
    return get_listing(session, key, by).title, ("listings.show", {"listing_id": key})


def _talks(session: Session, key: int, by: Actor, at: datetime) -> tuple[str, Place]:
    title = get_negotiation(session, key, by, at).listing.title
    return title, ("negotiation.table", {"negotiation_id": key})


def _deal(session: Session, key: int, by: Actor, at: datetime) -> tuple[str, Place]:
    return get_deal(session, key, by, at).title, ("deals.show", {"deal_id": key})


def _contract(session: Session, key: int, by: Actor, at: datetime) -> tuple[str, Place]:
    return get_contract(session, key, by, at).title, ("contracts.show", {"contract_id": key})


def _application(session: Session, key: int, by: Actor, _at: datetime) -> tuple[str, Place]:
    title = get_application(session, key, by).contract.title
    return title, ("registry.show", {"application_id": key})


def _obligation(session: Session, key: int, by: Actor, at: datetime) -> tuple[str, Place]:
    title = get_obligation(session, key, by, at).title
    return title, ("payments.show", {"obligation_id": key})


def _payment(session: Session, key: int, by: Actor, at: datetime) -> tuple[str, Place]:
    return _obligation(session, get(session, Payment, key).obligation_id, by, at)


def _royalty(session: Session, key: int, by: Actor, at: datetime) -> tuple[str, Place]:
    title = get_royalty(session, key, by, at).title
    return title, ("payments.royalty", {"agreement_id": key})


def _party(session: Session, key: int, by: Actor, _at: datetime) -> tuple[str, Place]:
    return get_visible_party(session, key, by).name, ("parties.party", {"party_id": key})


def _paper(session: Session, key: int, by: Actor, _at: datetime) -> tuple[str, Place]:
    party = get_visible_party(session, get(session, PartyPaper, key).party_id, by)
    return party.name, ("parties.papers", {"party_id": party.id})


def _invitation(session: Session, key: int, by: Actor, _at: datetime) -> tuple[str, Place]:
    party = get_visible_party(session, get(session, Invitation, key).party_id, by)
    return party.name, ("parties.party_members", {"party_id": party.id})


def _tie(session: Session, key: int, by: Actor, _at: datetime) -> tuple[str, Place]:
    """The page of the party that the reader acts for; the title names the other one."""
    party = get_visible_party(session, by.party_id or 0, by)
    tie = get_tie(session, party.id, key)
    other = tie.held_id if tie.holder_id == party.id else tie.holder_id
    return party_names(session, {other})[other], ("parties.party_ties", {"party_id": party.id})


def _payout_account(session: Session, key: int, by: Actor, _at: datetime) -> tuple[str, Place]:
    account = get(session, PayoutAccount, key)
    if account.party_id != by.party_id:
        raise Missing("payout-account", key)
    return account.masked, ("payments.payouts", {})


def _bank_line(session: Session, key: int, by: Actor, _at: datetime) -> tuple[str, Place]:
    """What waits at the matching desk, for those who read statements."""
    if not reads(SEE_BANK, by):
        raise Missing("bank-line", key)
    line = get(session, StatementLine, key)
    return line.counterparty or line.bank_ref, ("bank.line", {"line_id": key})


def _statement(session: Session, key: int, by: Actor, _at: datetime) -> tuple[str, Place]:
    if not reads(SEE_BANK, by):
        raise Missing("statement", key)
    return get(session, Statement, key).file_name, ("bank.index", {})


def _proposal(session: Session, key: int, by: Actor, _at: datetime) -> tuple[str, Place]:
    """What is proposed, for those who may decide such a proposal."""
    proposal = get(session, Proposal, key)
    if proposal.act == AMEND.name:
        _insist_decides(by, AMEND, key)
        return proposal.subject_id, ("rulebook.proposal", {"proposal_id": key})
    _insist_decides(by, GRANT_POWER, key)
    person = int(proposal.subject_id)
    name = user_names(session, {person})[person]
    return name, ("accounts.proposal", {"proposal_id": key})


def _insist_decides(by: Actor, act: Act, key: int) -> None:
    if not by.has(*act.roles):
        raise Missing("proposal", key)


def _deposit(session: Session, key: int, by: Actor, at: datetime) -> tuple[str, Place]:
    title = get_deposit(session, key, by, at).obligation.title
    return title, ("payments.deposit", {"deposit_id": key})


def _payout(session: Session, key: int, by: Actor, _at: datetime) -> tuple[str, Place]:
    """Its own page for who sends it; for its party the list of what was paid out."""
    payout = get(session, Payout, key)
    if payout.party_id == by.party_id:
        return payout.reference, ("payments.payouts", {})
    if not by.has(*SEND.roles):
        raise Missing("payout", key)
    return payout.reference, ("payments.outgoing_payout", {"payout_id": key})


def _transfer(session: Session, key: int, by: Actor, at: datetime) -> tuple[str, Place]:
    """Its own page for who decides on entries; for the parties what it had paid."""
    if by.has(*CORRECT.roles):
        return f"№ {key}", ("payments.entry", {"transfer_id": key})
    settled = find_settlement(session, key)
    if settled is None:
        raise Missing("transfer", key)
    return _obligation(session, settled.obligation_id, by, at)


def _amendment(session: Session, key: int, _by: Actor, _at: datetime) -> tuple[str, Place]:
    return get(session, Amendment, key).key, ("rulebook.index", {})


def _person(_session: Session, _key: int, _by: Actor, _at: datetime) -> tuple[str, Place]:
    return "", ("accounts.me", {})


ABOUT: dict[str, About] = {
    "listing": _listing,
    "negotiation": _talks,
    "deal": _deal,
    "contract": _contract,
    "application": _application,
    "party": _party,
    "paper": _paper,
    "invitation": _invitation,
    "tie": _tie,
    "obligation": _obligation,
    "payment": _payment,
    "royalty": _royalty,
    "proposal": _proposal,
    "payout": _payout,
    "bank-line": _bank_line,
    "statement": _statement,
    "payout-account": _payout_account,
    "deposit": _deposit,
    "transfer": _transfer,
    "amendment": _amendment,
    "user": _person,
}
