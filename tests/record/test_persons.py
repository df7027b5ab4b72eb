"""P-38: one's own data can be taken along, put right and erased, and the record still holds."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from market.accounts.commands import sign_up
from market.accounts.models import Identity, RecoveryCode, SignIn, Ticket, User
from market.accounts.queries import confirmed, get_user
from market.accounts.rules import AccountRefusal, Purpose
from market.contracts import commands as contracts
from market.contracts.terms import Kind
from market.inbox.models import Message
from market.inbox.news import News, Urgency
from market.kernel.authority import NOBODY, Actor, Role, Seat, WhoRefusal
from market.kernel.clock import set_clock
from market.kernel.db import Database, Missing
from market.kernel.journal import Entry, record, verify
from market.kernel.mail import Letter
from market.kernel.personal import Salt
from market.kernel.refusal import Refusal, Refused
from market.kernel.schema import sweep
from market.parties.models import Invitation, Membership, Party
from market.parties.rules import PartyKind, PartyNature, SellerClass
from market.record.commands import erase_on_request, erase_own, lay_hold, lift_hold
from market.record.erasing import nobody
from market.record.models import LegalHold
from market.record.rules import Bonds, ErasureRefusal, bonds_refusal, erase_refusal
from market.registry import commands as registry
from tests import make, web

CANARY = "KANARIENVOGEL"
EMAIL = f"{CANARY.lower()}@canary.example"
AT = datetime.fromisoformat("2026-03-10T02:00:00+00:00")


@pytest.fixture(autouse=True)
def _clock(at: datetime) -> Iterator[None]:
    set_clock(lambda: at)
    yield
    set_clock(None)


def canary(s: Session, at: datetime) -> User:
    """A person whose name and address stand wherever a person's can stand."""
    user = sign_up(
        s,
        email=EMAIL,
        name=CANARY,
        password_hash="-",
        roles=frozenset({Role.RESEARCHER}),
        language="en",
        by=NOBODY,
        at=at,
    )
    sealed = {"subject_kind": "party", "subject_id": 1, "urgency": Urgency.TOLD}
    s.add_all(
        [
            SignIn(user_id=user.id, token_hash="a" * 64, begun_at=at, seen_at=at, agent=CANARY),
            Identity(user_id=user.id, issuer="https://i", subject=CANARY, linked_at=at),
            RecoveryCode(user_id=user.id, code_hash="b" * 64),
            Message(
                user_id=user.id,
                key="k",
                news=News.SIGNATURE_DUE,
                facts=f'{{"x":"{CANARY}"}}',
                at=at,
                **sealed,
            ),
            Letter(
                key="l",
                to_address=EMAIL,
                language="en",
                subject=CANARY,
                plain=CANARY,
                html=CANARY,
                written_at=at,
                due_at=at,
            ),
            Letter(
                key="told-of-them",
                to_address="somebody@else.example",
                language="en",
                subject="x",
                plain=f"{CANARY} offers",
                html=CANARY,
                written_at=at,
                due_at=at,
                sent_at=at,
            ),
            _ticket(EMAIL, "c", at),
        ]
    )
    record(s, "account.linked", by=NOBODY, at=at, thread=("user", user.id))
    return user


def _ticket(email: str, letter: str, at: datetime) -> Ticket:
    return Ticket(
        purpose=Purpose.INVITATION,
        token_hash=letter * 64,
        email=email,
        made_at=at,
        expires_at=at + timedelta(days=1),
    )


def person_party(s: Session, user: User, at: datetime) -> Party:
    """The person as a party of their own (自然人)."""
    party, _ = make.party(
        s,
        at=at,
        kind=PartyKind.PERSON,
        nature=PartyNature.NATURAL_PERSON,
        seller_class=SellerClass.PERSON,
        uscc=None,
        name=CANARY,
        contact=CANARY,
        phone=f"+86{CANARY}",
        address=CANARY,
    )
    s.execute(select(Membership))
    seat = s.scalars(select(Membership).where(Membership.party_id == party.id)).one()
    seat.user_id = user.id
    record(s, "party.member-joined", by=NOBODY, at=at, thread=("party", party.id))
    return party


def invited(s: Session, by: User, at: datetime) -> Invitation:
    """An invitation of the canary's address, by somebody else's party."""
    party, actor = make.party(s, at=at)
    ticket = _ticket(EMAIL, "d", at)
    s.add(ticket)
    s.flush()
    made = Invitation(
        party_id=party.id,
        email=EMAIL,
        seat=Seat.EDITOR,
        ticket_id=ticket.id,
        invited_by=actor.user_id,
        invited_at=at,
    )
    s.add(made)
    record(s, "party.invited", by=actor, at=at, thread=("party", party.id))
    return made


def hits(database: Database) -> int:
    """How often the canary stands in the files of the database, or in PostgreSQL's dump."""
    url = database.engine.url
    if url.get_backend_name() == "sqlite":
        assert url.database is not None
        files = [Path(url.database + tail) for tail in ("", "-wal", "-shm")]
        found = b"".join(file.read_bytes() for file in files if file.exists())
    else:
        plain = url.set(drivername="postgresql").render_as_string(hide_password=False)
        dump = subprocess.run([pg_dump(), plain], capture_output=True, check=True)
        found = dump.stdout
    return found.count(CANARY.encode()) + found.count(CANARY.lower().encode())


def pg_dump() -> str:
    """Where PostgreSQL's own tool is: on the path, or where Debian keeps the newest."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_dump"))
    return shutil.which("pg_dump") or str(found[-1])


def test_after_erasure_nothing_in_the_files_names_the_person(
    database: Database, at: datetime
) -> None:
    with database.transaction() as s:
        user = canary(s, at)
        person_party(s, user, at)
        invited(s, user, at)
        user_id = user.id
    assert hits(database) > 10
    with database.transaction() as s:
        erase_own(s, by=confirmed(Actor(user_id, parties=frozenset()), at), at=at)
    sweep(database)
    assert hits(database) == 0
    with database.reading() as s:
        assert verify(s).findings == ()
        erased = get_user(s, user_id)
        assert (erased.name, erased.erased_at) == (nobody(user_id), at)
        assert s.get(Salt, ("user", user_id)) is None
        for model in (SignIn, Identity, RecoveryCode, Message):
            assert not s.scalars(select(model).where(model.user_id == user_id)).all()


@pytest.mark.parametrize("kit", ["sqlite"], indirect=True)
def test_without_the_sweep_the_files_would_still_name_them(
    database: Database, at: datetime
) -> None:
    """Sabotage: what was deleted lingers in the write-ahead log until files are written anew."""
    with database.transaction() as s:
        user_id = canary(s, at).id
    with database.transaction() as s:
        erase_own(s, by=confirmed(Actor(user_id), at), at=at)
    assert hits(database) > 0


def test_what_was_signed_keeps_its_partys_name_and_loses_the_rest(
    session: Session, at: datetime
) -> None:
    user = canary(session, at)
    party = person_party(session, user, at)
    seller = make.actor(session, user, at)
    _, buyer = make.party(session, at=at)
    make.contract(session, seller, buyer, at=at)
    erase_own(session, by=confirmed(Actor(user.id), at), at=at)
    assert party.name == CANARY, "a signed contract names its sides for ten years"
    assert (party.contact, party.phone, party.address) == ("", "", "")
    assert session.get(Salt, ("party", party.id)) is None


# ── what stands against it ───────────────────────────────────────────────────────────────────────


def refused(session: Session, user: User, refusal: Refusal, at: datetime) -> None:
    with pytest.raises(Refused) as no:
        erase_own(session, by=confirmed(Actor(user.id), at), at=at)
    assert no.value.refusal is refusal
    assert user.erased_at is None


def erased(session: Session, user: User, at: datetime) -> bool:
    erase_own(session, by=confirmed(Actor(user.id), at), at=at)
    return user.erased_at == at


def test_the_last_signatory_hands_the_seat_over_first(session: Session, at: datetime) -> None:
    party, by = make.party(session, at=at)
    user = get_user(session, by.user_id or 0)
    refused(session, user, ErasureRefusal.LAST_SIGNATORY, at)
    heir = make.user(session, Role.COMPANY, at=at)
    session.add(Membership(user_id=heir.id, party_id=party.id, seat=Seat.SIGNATORY))
    session.flush()
    assert erased(session, user, at)
    assert session.scalars(select(Membership.user_id)).all() == [heir.id]


def test_a_live_deal_an_open_contract_and_an_open_application_stand_against_it(
    session: Session, at: datetime
) -> None:
    office = make.office(session, at)
    first, second = (make.registrar(session, office, at) for _ in range(2))
    user = canary(session, at)
    person_party(session, user, at)
    seller = make.actor(session, user, at)
    _, buyer = make.party(session, at=at)
    listing = make.listing(session, seller, at=at, rights=(make.right(),))
    deal = make.deal(session, listing, seller, buyer, at=at)
    refused(session, user, ErasureRefusal.DEAL_LIVES, at)
    sides = (seller.party_id or 0, buyer.party_id or 0)
    draft = contracts.draft(session, *sides, make.terms(), by=seller, at=at)
    refused(session, user, ErasureRefusal.DEAL_LIVES, at)
    make.contract(session, seller, buyer, at=at, deal=deal, kind=Kind.TRF_P, rights="发明专利")
    refused(session, user, ErasureRefusal.CONTRACT_OPEN, at)
    contracts.drop(session, draft.id, by=seller, at=at)
    signed = make.contract(session, seller, buyer, at=at)
    filed = registry.apply(session, signed.id, by=seller, at=at)
    refused(session, user, ErasureRefusal.APPLICATION_OPEN, at)
    registry.accept(session, filed.id, by=first, at=at)
    amounts = signed.turnover, signed.technology_value
    registry.pass_review(session, filed.id, *amounts, by=first, at=at)
    registry.certify(session, filed.id, by=second, at=at)
    assert erased(session, user, at)


def test_a_legal_hold_stands_against_it_until_it_is_lifted(session: Session, at: datetime) -> None:
    user = make.user(session, Role.COMPANY, at=at)
    lay_hold(session, user.id, "法院通知2026-8", by=NOBODY, at=at)
    refused(session, user, ErasureRefusal.HELD, at)
    with pytest.raises(Refused):
        lay_hold(session, user.id, "再一次", by=NOBODY, at=at)
    lift_hold(session, user.id, by=NOBODY, at=at)
    with pytest.raises(Missing):
        lift_hold(session, user.id, by=NOBODY, at=at)
    assert erased(session, user, at)


def test_two_holds_at_once_are_refused_by_the_database(session: Session, at: datetime) -> None:
    user = make.user(session, Role.COMPANY, at=at)
    for reference in ("a", "b"):
        session.add(LegalHold(user_id=user.id, reference=reference, laid_at=at))
    with pytest.raises(Exception, match=r"(?i)unique"):
        session.flush()


@pytest.mark.parametrize(
    ("bonds", "refusal"),
    [
        (Bonds(), None),
        (Bonds(erased=True, held=True), ErasureRefusal.ERASED),
        (Bonds(held=True, deals=1), ErasureRefusal.HELD),
        (Bonds(deals=1, contracts=1), ErasureRefusal.DEAL_LIVES),
        (Bonds(contracts=1, applications=1), ErasureRefusal.CONTRACT_OPEN),
        (Bonds(applications=1, last_signatory=True), ErasureRefusal.APPLICATION_OPEN),
        (Bonds(last_signatory=True, last_administrator=True), ErasureRefusal.LAST_SIGNATORY),
        (Bonds(last_administrator=True), ErasureRefusal.LAST_ADMINISTRATOR),
    ],
)
def test_what_ties_a_person_is_named_one_by_one(bonds: Bonds, refusal: Refusal | None) -> None:
    assert bonds_refusal(bonds) is refusal
    assert erase_refusal(Actor(1), bonds, AT) is WhoRefusal.PASSWORD_AGAIN
    assert erase_refusal(Actor(1, confirmed_at=AT), bonds, AT) is refusal


def test_an_account_is_erased_once(session: Session, at: datetime) -> None:
    user = make.user(session, Role.COMPANY, at=at)
    erase_on_request(session, user.id, by=NOBODY, at=at)
    with pytest.raises(Refused) as no:
        erase_on_request(session, user.id, by=NOBODY, at=at)
    assert no.value.refusal is ErasureRefusal.ERASED


def test_the_last_administrator_stays(session: Session, at: datetime) -> None:
    user = make.user(session, Role.ADMINISTRATOR, at=at)
    refused(session, user, ErasureRefusal.LAST_ADMINISTRATOR, at)
    make.user(session, Role.ADMINISTRATOR, at=at)
    assert erased(session, user, at)


# ── pages and commands ───────────────────────────────────────────────────────────────────────────


@pytest.fixture
def user_id(app: Flask, at: datetime) -> int:
    with app.extensions["market.database"].transaction() as s:
        return make.user(s, Role.RESEARCHER, at=at).id


def test_a_copy_holds_everything_but_secrets(app: Flask, user_id: int, at: datetime) -> None:
    client = web.sign_in(app, user_id)
    answer = web.post(client, "/me/data/copy", {"password": make.PASSWORD}, page="/me/data")
    assert answer.status_code == 302
    told = json.loads(client.get(answer.location).data)
    assert told["account"]["id"] == user_id
    assert told["roles"] == ["researcher"]
    assert [act["act"] for act in told["acts"]][-1] == "account.exported"
    assert "hash" not in json.dumps(told["sign_ins"])
    assert "argon2" not in json.dumps(told)
    set_clock(lambda: at + timedelta(minutes=6))
    assert client.get(answer.location).status_code == 404


def test_a_copy_wants_the_password_and_is_nobody_elses(
    app: Flask, user_id: int, at: datetime
) -> None:
    client = web.sign_in(app, user_id)
    wrong = web.post(client, "/me/data/copy", {"password": "wrong"}, page="/me/data")
    assert wrong.status_code in (409, 422)
    path = web.post(client, "/me/data/copy", {"password": make.PASSWORD}, page="/me/data").location
    with app.extensions["market.database"].transaction() as s:
        other = make.user(s, Role.RESEARCHER, at=at).id
    assert web.sign_in(app, other).get(path).status_code == 404


def test_a_name_is_put_right_and_a_reserved_one_is_not(app: Flask, user_id: int) -> None:
    client = web.sign_in(app, user_id)
    right = web.post(client, "/me/data/name", {"name": "李雷"}, page="/me/data")
    assert right.status_code == 302
    assert "李雷" in client.get("/me").text
    wrong = web.post(client, "/me/data/name", {"name": "管理员"}, page="/me/data")
    assert wrong.status_code == 422
    assert AccountRefusal.NAME_RESERVED.sentence in wrong.text
    assert web.post(client, "/me/data/name", {"name": " "}, page="/me/data").status_code == 422


def test_the_page_warns_asks_the_password_and_then_it_is_final(app: Flask, user_id: int) -> None:
    client = web.sign_in(app, user_id)
    assert "This is final" in client.get("/me/data/erase").text
    wrong = web.post(client, "/me/data/erase", {"password": "wrong"})
    assert wrong.status_code in (409, 422)
    answer = web.post(client, "/me/data/erase", {"password": make.PASSWORD})
    assert answer.status_code == 302
    assert "Your account is erased" in client.get(answer.location).text
    assert client.get("/me").status_code == 302
    with app.extensions["market.database"].reading() as s:
        assert get_user(s, user_id).erased_at is not None


def test_what_stands_against_it_is_said_before_and_after(app: Flask, at: datetime) -> None:
    with app.extensions["market.database"].transaction() as s:
        _, by = make.party(s, at=at)
    client = web.sign_in(app, by.user_id or 0)
    sentence = "You are the last signatory of your organisation."
    assert sentence in client.get("/me/data").text
    page = client.get("/me/data/erase")
    assert page.status_code == 409
    assert sentence in page.text
    body = {**web.carried(client, "/me/data"), "password": make.PASSWORD}
    assert client.post("/me/data/erase", data=body).status_code == 409


def test_the_shell_erases_on_request_and_holds(app: Flask, at: datetime) -> None:
    run = app.test_cli_runner().invoke
    database = app.extensions["market.database"]
    with database.transaction() as s:
        user = canary(s, at)
        user_id = user.id
    held = run(args=["accounts", "hold", EMAIL, "--reference", "法院通知2026-8"])
    assert held.exit_code == 0, held.output
    no = run(args=["accounts", "erase", EMAIL, "--yes"])
    assert no.exit_code == 1
    assert "legal hold" in no.output
    assert run(args=["accounts", "release", EMAIL]).exit_code == 0
    assert run(args=["accounts", "release", EMAIL]).exit_code == 1
    assert run(args=["accounts", "erase", EMAIL, "--yes"]).exit_code == 0
    gone = run(args=["accounts", "erase", EMAIL, "--yes"])
    assert gone.exit_code == 1
    assert "no such user" in gone.output
    assert run(args=["schema", "sweep"]).output == "swept\n"
    with database.reading() as s:
        told = s.scalars(select(Entry).where(Entry.act == "account.erased")).one()
        assert (told.told, told.user_id) == ({"kind": "request"}, None)
        assert get_user(s, user_id).name == nobody(user_id)
