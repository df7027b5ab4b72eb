"""The world on which authority is tried: two organisations a role, everybody else, and an object in
each state that a route can meet.

``IDENTITIES`` are the columns of ``tests/matrix.csv``; its head says who they are and why.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from jinja2.bccache import BytecodeCache
from sqlalchemy import select
from sqlalchemy.orm import Session

from config import PLAY_ACCOUNT, Settings
from market.accounts.commands import grant_role
from market.accounts.models import SignIn, User
from market.accounts.role_commands import propose_role
from market.accounts.rules import Purpose
from market.accounts.session_commands import begin_session
from market.accounts.tickets import digest, issue
from market.app import create_app
from market.bank.commands import import_statement
from market.bank.desk_commands import propose_match
from market.bank.models import StatementLine
from market.bank.reading import read_statement
from market.bank.rules import Use
from market.contracts import commands as contracts
from market.contracts.terms import Kind
from market.deals.models import Deal
from market.kernel.authority import NOBODY, Actor, Role, Seat
from market.kernel.clock import day_of, set_clock
from market.kernel.journal import Entry
from market.kernel.mail import Letter
from market.kernel.outbox import MOST_TRIES
from market.ledger.models import Transfer
from market.listings import commands as listings
from market.listings.sheet import OwnerFacts, Sheet
from market.negotiation import commands as negotiation
from market.negotiation.models import Negotiation
from market.parties import commands as parties
from market.parties import member_commands as members
from market.parties import tie_commands as ties
from market.parties.models import Membership, Party
from market.parties.rules import NEEDED, PaperKind, PartyKind
from market.parties.ties import Bond, TieKind
from market.payments import deposit_commands as deposits
from market.payments import payout_commands as payouts
from market.payments import royalty_commands as royalties
from market.payments.correction_commands import propose_correction
from market.payments.gateway_commands import begin_payment
from market.payments.models import Deposit, Obligation
from market.payments.payout_models import Payout
from market.payments.play import PlayGateway
from market.registry import commands as registry
from market.registry.models import Application
from market.registry.rules import Reason
from market.rulebook.commands import propose_amendment
from tests import canary, make, web
from tests.inbox.town import messages, tell_all
from tests.security.rehearsal import Rehearsal
from tests.security.scan import Scan

AT = datetime(2026, 3, 10, 2, 0, tzinfo=UTC)
NEVER = 987_654
OUTSIDE = ("an", "nu", "ex", "us")
"""Who is nobody to the market: not signed in, without an account, signed out by time, suspended."""
IDENTITIES = (
    *OUTSIDE,
    *("ra", "ed", "to", "tl", "rb", "ca", "ce", "cb", "ba", "bb"),
    *("ga", "gc", "gb", "op", "di", "au", "ad", "sp", "mh"),
)
SELLING = frozenset({Role.RESEARCHER})
BUYING = frozenset({Role.COMPANY})


@dataclass
class World:
    """The people by their two letters, the objects by name, and the application they meet in."""

    app: Flask
    database: Rehearsal
    scan: Scan
    people: dict[str, int] = field(default_factory=dict)
    parties: dict[str, int] = field(default_factory=dict)
    objects: dict[str, int | str] = field(default_factory=dict)
    _cookies: dict[str, dict[object, object]] = field(default_factory=dict)
    codes: dict[str, str] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    leaks: canary.Leaks = field(default_factory=canary.Leaks)
    shown: dict[tuple[str, str, str], dict[str, str]] = field(default_factory=dict)

    def client(self, identity: str) -> FlaskClient:
        """A browser of this person, as it was when the world was made."""
        client = self.app.test_client()
        client._cookies = dict(self._cookies.get(identity, {}))  # type: ignore[arg-type]
        return client

    def keep(self, identity: str, client: FlaskClient) -> None:
        """Remember what this person's browser holds."""
        self.tokens[identity] = web.token(client, "/")
        self._cookies[identity] = dict(client._cookies)  # type: ignore[arg-type]


@contextmanager
def open_world(url: str, folder: Path, templates: BytecodeCache) -> Iterator[World]:
    """The world on a migrated, empty database, at ``AT``."""
    app = create_app(Settings.for_tests(folder, database_url=url, bank=PLAY_ACCOUNT))
    app.extensions["market.database"].dispose()
    app.jinja_env.bytecode_cache = templates
    database = Rehearsal(url)
    app.extensions["market.database"] = database
    set_clock(lambda: AT)
    try:
        world = World(app, database, Scan(app), leaks=canary.watch(app))
        with database.transaction() as s:
            _Builder(s, world).build()
        _enter(world)
        with database.transaction() as s:
            tell_all(s, AT)  # nobody's first look at the inbox has anything to catch up with
        database.know()
        yield world
    finally:
        set_clock(None)
        database.dispose()


def _enter(world: World) -> None:
    """Everybody signs in; then one person and one party are suspended, and one session is old."""
    for identity, person in world.people.items():
        world.keep(identity, web.sign_in(world.app, person))
    web.sign_in(world.app, int(world.objects["someone"]))
    for identity in ("an", "nu"):
        world.keep(identity, world.app.test_client())
    long_ago = AT - timedelta(days=30)
    with world.database.transaction() as s:
        s.get_one(User, world.people["us"]).suspended_at = AT
        suspended = s.get_one(Party, world.parties["sp"])
        suspended.suspended_at, suspended.suspended_why = AT, "虚假材料。"
        old = s.scalars(select(SignIn).where(SignIn.user_id == world.people["ex"])).one()
        old.begun_at = old.seen_at = long_ago
        make.unwatched(s)
    for identity in ("us", "ex"):
        world.keep(identity, world.client(identity))


class _Builder:
    """Fills an empty market, by its own commands."""

    def __init__(self, s: Session, world: World) -> None:
        self.s, self.world = s, world
        self.actors: dict[str, Actor] = {}

    def build(self) -> None:
        self._people()
        self._listings()
        self._talks()
        self._contracts()
        self._applications()
        self._inbox()
        self._houses()
        self._proposals()
        self._money()
        self._decided_by_staff()
        self._royalties()

    # ── people ───────────────────────────────────────────────────────────────────────────────────

    def _people(self) -> None:
        s = self.s
        office, other = make.office(s, AT), make.office(s, AT, "430200")
        for name, role in (
            ("ra", Role.RESEARCHER),
            ("rb", Role.RESEARCHER),
            ("ca", Role.COMPANY),
            ("cb", Role.COMPANY),
            ("ba", Role.BROKER),
            ("bb", Role.BROKER),
        ):
            self._found(name, role)
        self._found("sp", Role.RESEARCHER, Role.COMPANY)
        self._found("mh", Role.RESEARCHER, Role.COMPANY, Role.AUDITOR)
        for name in ("us", "ex"):
            self._seat(name, Seat.SIGNATORY)
        self._seat("ed", Seat.EDITOR)
        self._seat("ce", Seat.EDITOR, of="ca")
        self._seat("to", Seat.TRANSFER_OFFICE, until=date(2026, 3, 9))
        self._seat("tl", Seat.TRANSFER_OFFICE, until=date(2026, 12, 31))
        for name, registry_id in (("ga", office.id), ("gc", office.id), ("gb", other.id)):
            self._post(name, registry_id)
        self.world.objects |= {"office": office.id}
        mh = s.get_one(User, self.world.people["mh"])
        self._grant(mh.id, Role.REGISTRAR, other.id)
        for name, role in (
            ("op", Role.OPERATOR),
            ("di", Role.DIRECTOR),
            ("au", Role.AUDITOR),
            ("ad", Role.ADMINISTRATOR),
        ):
            self._person(name, make.user(s, role, at=AT))
        newcomer = make.user(s, Role.RESEARCHER, at=AT, email="newcomer@x.example")
        newcomer.password_hash = self.world.app.extensions["market.passwords"].make(make.PASSWORD)
        self.world.objects["someone"] = newcomer.id
        self.world.objects["suspended"] = self.world.people["us"]
        self._links(newcomer)
        armed = make.user(s, at=AT)
        make.factor(s, armed, AT)
        self.world.objects["armed"] = armed.id
        self.world.objects["operator"] = make.user(s, Role.OPERATOR, at=AT).id
        self.actors["mh"] = make.actor(s, mh, AT)
        self.world.objects["entry"] = s.scalars(select(Entry.id).limit(1)).one()

    def _links(self, newcomer: User) -> None:
        """What letters lead to: an account, a new password, another address; and a session."""
        ra = self.world.people["ra"]
        for name, purpose, email, user_id in (
            ("sign-up-link", Purpose.SIGN_UP, "new@x.example", None),
            ("reset-link", Purpose.PASSWORD, newcomer.email, newcomer.id),
            ("address-link", Purpose.ADDRESS, "elsewhere@x.example", ra),
        ):
            self.world.objects[name] = issue(self.s, purpose, email, AT, user_id=user_id)[1]
        about = {"factor": True, "address": "", "agent": "", "by": Actor(ra), "at": AT}
        kept = begin_session(self.s, ra, token_hash="elsewhere", **about)  # type: ignore[arg-type]
        self.world.objects["session-ra"] = kept.id

    def _found(self, name: str, *roles: Role) -> None:
        over: dict[str, Any] = {"uscc_check_ok": False} if name == "bb" else {}
        party, by = make.party(self.s, *roles, at=AT, **over)
        assert by.user_id is not None
        self.world.people[name], self.world.parties[name] = by.user_id, party.id
        self.world.codes[name] = str(party.uscc)
        self.world.objects[f"party-{name}"] = party.id
        self.actors[name] = by

    def _seat(self, name: str, seat: Seat, *, of: str = "ra", until: date | None = None) -> None:
        person = make.user(self.s, Role.RESEARCHER if of == "ra" else Role.COMPANY, at=AT)
        party_id = self.world.parties[of]
        paper = {"authority_ref": "授权书 1 号", "authority_until": until} if until else {}
        self.s.add(Membership(user_id=person.id, party_id=party_id, seat=seat, **paper))
        self._person(name, person)
        self.world.parties[name] = party_id

    def _post(self, name: str, registry_id: int) -> None:
        person = make.user(self.s, at=AT)
        self._grant(person.id, Role.REGISTRAR, registry_id)
        self._person(name, person)

    def _grant(self, user_id: int, role: Role, registry_id: int) -> None:
        by = replace(make.ADMIN, confirmed_at=AT)
        grant_role(
            self.s, user_id, role, by=by, at=AT, registry_id=registry_id, proposed_by=make.FIRST
        )

    def _person(self, name: str, person: User) -> None:
        self.world.people[name] = person.id
        self.actors[name] = make.actor(self.s, person, AT)

    # ── listings ─────────────────────────────────────────────────────────────────────────────────

    def _sheet(self, owner: str, **over: object) -> Sheet:
        name = self.s.get_one(Party, self.world.parties[owner]).name
        return make.sheet(owners=(OwnerFacts(name, 10_000),), rights=(make.right(),), **over)

    def _draft(self, owner: str = "ra", **over: object) -> int:
        sheet, by = self._sheet(owner, **over), self.actors[owner]
        return listings.draft(self.s, self.world.parties[owner], sheet, by=by, at=AT).id

    def _submitted(self) -> int:
        made = self._draft()
        listings.submit(self.s, made, by=self.actors["ra"], at=AT)
        return made

    def _published(self) -> int:
        made = self._submitted()
        listings.publish(self.s, made, by=self.actors["op"], at=AT)
        return made

    def _listings(self) -> None:
        s, ra, objects = self.s, self.actors["ra"], self.world.objects
        objects["draft"] = self._draft()
        objects["draft-rb"] = self._draft("rb", makers=("赵六",))
        objects["draft-sp"] = self._draft("sp")
        objects["submitted"] = self._submitted()
        objects["live"] = self._published()
        gone = self._published()
        listings.withdraw(s, gone, by=ra, at=AT)
        objects["withdrawn"] = gone

    # ── talks and deals ──────────────────────────────────────────────────────────────────────────

    def _opened(self, buyer: str = "ca") -> int:
        listing_id = self._published()
        price, until = make.yuan(1_000_000), AT + timedelta(days=7)
        by = self.actors[buyer]
        return negotiation.open_talks(
            self.s, listing_id, price, until, by=by, at=AT, message=canary.plant("message")
        ).id

    def _talks(self) -> None:
        s, ra, ca, objects = self.s, self.actors["ra"], self.actors["ca"], self.world.objects
        objects["talks"] = self._opened()
        objects["talks-cb"] = self._opened("cb")
        countered = self._opened()
        until = AT + timedelta(days=7)
        negotiation.make_offer(s, countered, make.yuan(1_100_000), until, by=ra, at=AT)
        objects["talks-countered"] = countered
        ended = self._opened()
        negotiation.end_talks(s, ended, by=ca, at=AT)
        objects["talks-ended"] = ended
        objects["deal"] = self._deal()
        agreed = s.scalars(select(Negotiation).where(Negotiation.deal_id == objects["deal"])).one()
        objects["talks-agreed"] = agreed.id
        objects["deal-open"] = self._deal()
        dealt = self._deal()
        deal = s.get_one(Deal, dealt)
        objects["listing-dealt"] = deal.listing_id

    def _deal(self) -> int:
        talks_id = self._opened()
        standing = self.s.get_one(Negotiation, talks_id).standing
        assert standing is not None
        return negotiation.accept_offer(
            self.s,
            talks_id,
            offer_id=standing.id,
            price=standing.price,
            by=self.actors["ra"],
            at=AT,
        ).id

    # ── contracts ────────────────────────────────────────────────────────────────────────────────

    def _drafted(self, **over: object) -> int:
        sides = self.world.parties["ra"], self.world.parties["ca"]
        terms = make.terms(ends_on=date(2045, 12, 31), special=make.clause(), **over)
        return contracts.draft(self.s, *sides, terms, by=self.actors["ra"], at=AT).id

    def _signing(self) -> int:
        made = self._drafted()
        contracts.offer_text(self.s, made, by=self.actors["ra"], at=AT)
        return made

    def _signed(self, **over: object) -> int:
        return make.contract(
            self.s,
            self.actors["ra"],
            self.actors["ca"],
            at=AT,
            **{"ends_on": date(2045, 12, 31), **over},  # type: ignore[arg-type]
        ).id

    def _contracts(self) -> None:
        s, ra, objects = self.s, self.actors["ra"], self.world.objects
        objects["contract"] = self._drafted()
        objects["contract-signing"] = self._signing()
        objects["contract-signed"] = self._signed()
        objects["contract-assigned"] = self._signed(kind=Kind.TRF_P, rights="发明专利")
        dropped = self._drafted()
        contracts.drop(s, dropped, by=ra, at=AT)
        objects["contract-dropped"] = dropped

    # ── applications ─────────────────────────────────────────────────────────────────────────────

    def _filed(self, *steps: str) -> int:
        made = registry.apply(self.s, self._signed(), by=self.actors["ra"], at=AT).id
        for step in steps:
            self._step(step, made)
        return made

    def _step(self, step: str, file: int) -> None:
        s, ga, gc = self.s, self.actors["ga"], self.actors["gc"]
        amounts = make.yuan(1_000_000), make.yuan(900_000)
        match step:
            case "accept":
                registry.accept(s, file, by=ga, at=AT)
            case "review":
                registry.pass_review(s, file, *amounts, by=ga, at=AT)
            case "certify":
                registry.certify(s, file, by=gc, at=AT)
            case "ask":
                registry.ask_correction(s, file, "补正授权书。", by=ga, at=AT)
            case "miss":
                s.get_one(Application, file).correction_due_on = date(2026, 3, 9)
            case "refuse":
                reasons = frozenset({Reason.N02})
                registry.refuse(s, file, reasons, "标的不明确。", by=ga, at=AT)
            case "turn away":
                registry.turn_away(s, file, "口头约定。", by=ga, at=AT)
            case "withdraw":
                registry.withdraw(s, file, by=self.actors["ra"], at=AT)
            case "propose":
                registry.propose_revision(s, file, amounts, "金额变更。", by=ga, at=AT)
            case "cancel":
                registry.propose_revision(s, file, None, "双方解除。", by=ga, at=AT)
                registry.confirm_revision(s, file, by=gc, at=AT)
            case _:
                raise AssertionError(step)

    def _applications(self) -> None:
        s, objects = self.s, self.world.objects
        for name, steps in FILES.items():
            objects[name] = self._filed(*steps)
        replaced = self._filed("accept", "refuse")
        objects["contract-replaced"] = s.get_one(Application, replaced).contract_id
        registry.replace_contract(s, replaced, by=self.actors["ra"], at=AT)
        for name, file in (("filed", "file"), ("registered", "file-registered")):
            objects[f"contract-{name}"] = s.get_one(Application, objects[file]).contract_id
        registered = s.get_one(Application, objects["file-registered"])
        assert registered.check_code is not None
        objects["code"] = registered.check_code

    # ── inbox ────────────────────────────────────────────────────────────────────────────────────

    def _inbox(self) -> None:
        s, objects = self.s, self.world.objects
        tell_all(s, AT)
        objects["message"] = messages(s, self.world.people["ra"])[0].id
        for name, sent_at in (("letter", None), ("letter-sent", AT)):
            letter = Letter(
                key=name,
                to_address="gone@x.example",
                language="en",
                subject="Hello",
                plain="Hello",
                html="Hello",
                written_at=AT,
                due_at=AT,
                tries=MOST_TRIES,
                sent_at=sent_at,
                failed_why="" if sent_at else "550 no such mailbox",
            )
            s.add(letter)
            s.flush()
            objects[name] = letter.id

    # ── members, papers, ties, proposals ─────────────────────────────────────────────────────────

    def _houses(self) -> None:
        s, ra, rb, objects = self.s, self.actors["ra"], self.actors["rb"], self.world.objects
        party_id = self.world.parties["ra"]
        cb = s.get_one(User, self.world.people["cb"]).email
        objects["token"] = token = "invitation-of-cb"
        objects["invitation"] = members.invite(
            s, party_id, cb, Seat.EDITOR, token_hash=digest(token), by=ra, at=AT
        ).id
        for name in ("member", "member-off"):
            objects[name] = user_id = make.member(s, ra, Seat.EDITOR, at=AT).user_id or 0
        members.suspend_member(s, party_id, user_id, by=ra, at=AT)
        objects["paper"] = self._paper(ra, PaperKind.LICENCE)
        for kind in NEEDED[PartyKind.ORGANISATION]:
            paper = self._paper(rb, kind)
            parties.see_paper(s, rb.party_id or 0, paper, by=self.actors["op"], at=AT)
        bond = Bond(party_id, self.world.parties["bb"], TieKind.EQUITY, 3_000)
        objects["tie"] = ties.note_tie(s, bond, AT.date(), source="章程", by=ra, at=AT).id

    def _paper(self, by: Actor, kind: PaperKind) -> int:
        told = {"issued_by": "", "issued_on": None}
        return parties.show_paper(
            self.s,
            by.party_id or 0,
            kind,
            "430104-2026",
            by=by,
            at=AT,
            **told,  # type: ignore[arg-type]
        ).id

    def _proposals(self) -> None:
        s, objects = self.s, self.world.objects
        first = make.actor(s, make.user(s, Role.ADMINISTRATOR, at=AT), AT)
        person = make.user(s, at=AT).id
        objects["role-proposal"] = propose_role(s, person, Role.AUDITOR, by=first, at=AT).id
        objects["amendment"] = propose_amendment(
            s,
            "reg.correction_due_days",
            20,
            date(2026, 4, 1),
            article="平台规则",
            by=make.operator(s, AT),
            at=AT,
        ).id

    # ── money ────────────────────────────────────────────────────────────────────────────────────

    def _money(self) -> None:
        """What company A owes A: open, paid, being paid online; and money of each that is free."""
        s, objects, long_ago = self.s, self.world.objects, AT - timedelta(days=2)
        seller, buyer = (s.get_one(Party, self.world.parties[name]) for name in ("ra", "ca"))
        for name in ("due", "due-paid", "due-online"):
            objects[name] = make.owed(s, buyer, seller, 1_000, long_ago).id
        paid = s.get_one(Obligation, objects["due-paid"])
        make.paid_by_bank(s, paid, 1_100, long_ago)
        too_much = s.scalars(select(Payout)).one()
        operator = replace(self.actors["op"], confirmed_at=long_ago)
        payouts.return_payout(s, too_much.id, "销户", by=operator, at=long_ago)
        make.payout_account(s, self.actors["ra"], at=long_ago)
        begin_payment(s, int(objects["due-online"]), PlayGateway(), by=self.actors["ca"], at=AT)
        self._bank(long_ago)
        objects |= {"payout-failed": too_much.id, "settled": paid.settlements[0].transfer_id}
        objects["moved-outside"] = s.scalars(select(Transfer.id).order_by(Transfer.id)).first() or 0

    def _bank(self, at: datetime) -> None:
        """A statement: one line waits, of one it is proposed what it is, one is explained."""
        s, objects = self.s, self.world.objects
        by = replace(make.operator(s, at), confirmed_at=at)
        note = s.get_one(Obligation, objects["due-online"]).reference
        debtor = s.get_one(Party, self.world.parties["ca"]).name
        rows = [
            *("交易日期,收入金额,支出金额,对方户名,附言", "20260306,1.00,,甲,货款"),
            *("20260306,2.00,,乙,货款", f"20260306,3.00,,{debtor},{note}"),
        ]
        raw, number = "\n".join(rows).encode(), PLAY_ACCOUNT.number
        found = read_statement(raw, number, currency="CNY", today=day_of(at))
        brought, _ = import_statement(s, found, raw, "a.csv", by=by, at=at)
        objects["statement"] = brought.id
        waits, proposed, done = s.scalars(select(StatementLine).order_by(StatementLine.id))
        objects |= {"bank-line": waits.id, "bank-line-done": done.id}
        objects["bank-match"] = propose_match(
            s, proposed.id, Use.INTEREST, None, "结息", by=by, at=at
        ).id

    def _decided_by_staff(self) -> None:
        """Deposits of company A in each state, and what another of the staff proposed.

        And what is on its way out, and a file of it that the operator has just taken.
        """
        s, objects = self.s, self.world.objects
        held = {
            name: self._deposit(n)
            for n, name in enumerate(("deposit", "deposit-proposed", "deposit-back"))
        }
        objects |= held
        back = deposits.refund_deposit(s, held["deposit-back"], "未竞得。", by=NOBODY, at=AT)
        payout = s.scalars(select(Payout).where(Payout.deposit_id == back.id)).one()
        other = make.actor(s, s.get_one(User, objects["operator"]), AT)
        about = held["deposit-proposed"]
        objects["payout"] = payout.id
        objects["refund-proposal"] = deposits.propose_refund(
            s, about, "拍卖取消。", by=other, at=AT
        ).id
        objects["forfeit-proposal"] = deposits.propose_forfeit(
            s, about, [], None, "悔约。", by=other, at=AT
        ).id
        objects["reversal-proposal"] = self._reversal()
        paid = s.get_one(Deposit, held["deposit"]).obligation
        objects["settled-deposit"] = paid.settlements[0].transfer_id
        by = self.actors["op"]
        objects["file-taken"] = payouts.take_transfer_file(s, [payout.id], "csv", by=by, at=AT).id

    def _deposit(self, auction: int) -> int:
        subject, amount, last = ("auction", auction), make.yuan(500), AT.date()
        party = self.world.parties["ca"]
        asked = deposits.ask_deposit(
            self.s, party, subject, amount, "竞买保证金", last, by=NOBODY, at=AT
        )
        make.paid_by_bank(self.s, asked.obligation, 500, AT)
        return deposits.hold_deposit(self.s, asked.id, by=NOBODY, at=AT).id

    def _reversal(self) -> int:
        s = self.s
        seller, buyer = (s.get_one(Party, self.world.parties[name]) for name in ("ra", "ca"))
        owed = make.owed(s, buyer, seller, 10, AT)
        make.paid_by_bank(s, owed, 10, AT)
        first = make.actor(s, make.user(s, Role.ADMINISTRATOR, at=AT), AT)
        number = owed.settlements[0].transfer_id
        return propose_correction(s, number, "记错。", by=first, at=AT).id

    def _royalties(self) -> None:
        """Company A pays A a royalty: one to declare, one whose period runs; statements of each."""
        s, objects = self.s, self.world.objects
        seller, buyer = (s.get_one(Party, self.world.parties[name]) for name in ("ra", "ca"))
        ra, ca, begun = self.actors["ra"], self.actors["ca"], date(2025, 7, 1)
        one, other = (
            make.royalty(s, seller, buyer, at=AT, subject=("deal", 900 + n), first_on=begun)
            for n in (1, 2)
        )
        objects["royalty"], objects["royalty-running"] = one.id, other.id
        stated = make.stated(s, one, 1, 5_000, by=ca, at=AT)
        objects["royalty-told"] = stated.id
        asked, old = (make.stated(s, other, place, 5_000, by=ca, at=AT) for place in (1, 2))
        royalties.request_inspection(s, asked.id, "请出示出库单。", by=ra, at=AT)
        royalties.correct_statement(s, old.id, make.yuan(6_000), "更正", by=ca, at=AT)
        objects["royalty-asked"], objects["royalty-old"] = asked.id, old.id


FILES = {
    "file": (),
    "file-accepted": ("accept",),
    "file-correction": ("accept", "ask"),
    "file-overdue": ("accept", "ask", "miss"),
    "file-passed": ("accept", "review"),
    "file-refused": ("accept", "refuse"),
    "file-registered": ("accept", "review", "certify"),
    "file-revised": ("accept", "review", "certify", "propose"),
    "file-cancelled": ("accept", "review", "certify", "cancel"),
    "file-not-accepted": ("turn away",),
    "file-withdrawn": ("withdraw",),
}
"""Each state of an application, by the steps that lead to it."""
