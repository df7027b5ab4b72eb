from dataclasses import replace
from datetime import datetime

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from market.accounts.commands import (
    sign_up,
)
from market.accounts.models import (
    User,
)
from market.accounts.rules import AccountRefusal
from market.kernel.authority import NOBODY, Actor, Role, Seat
from market.kernel.db import Missing
from market.kernel.journal import timeline
from market.kernel.refusal import Refusal, Refused
from market.parties.commands import (
    confirm_uscc,
    found_party,
)
from market.parties.models import (
    Membership,
    Party,
)
from market.parties.queries import (
    find_party,
    find_registry_for,
    get_visible_party,
    parties_page,
)
from market.parties.rules import (
    PartyFacts,
    PartyKind,
    PartyNature,
    PartyRefusal,
    SellerClass,
)
from market.places.queries import (
    registries_with_territory,
)
from tests import make


def acts(s: Session, *thread: tuple[str, int]) -> list[str]:
    return [entry.act for entry in timeline(s, list(thread))]


def join(s: Session, at: datetime, **over: object) -> User:
    facts: dict[str, object] = {
        "email": "li@x.example",
        "name": "李四",
        "password_hash": "-",
        "roles": frozenset({Role.RESEARCHER}),
        "language": "en",
        **over,
    }
    return sign_up(s, **facts, by=NOBODY, at=at)  # type: ignore[arg-type]


def facts(**over: object) -> PartyFacts:
    firm = PartyFacts(
        kind=PartyKind.ORGANISATION,
        name="湘江某公司",
        seller_class=SellerClass.PRIVATE_FIRM,
        nature=PartyNature.LIMITED,
        region_code="430104",
        uscc=make.uscc(),
    )
    return replace(firm, **over)  # type: ignore[arg-type]


def refused(said: Refusal, field: str | None = None) -> "pytest.RaisesExc[Refused]":
    def fits(error: Refused) -> bool:
        return error.refusal is said and field in (None, error.field)

    return pytest.RaisesExc(Refused, check=fits)


@pytest.mark.parametrize("nature", ["021", "022", "110"])
def test_the_database_knows_no_private_state_owner(
    session: Session, at: datetime, nature: str
) -> None:
    party, _ = make.party(session, at=at)
    changed = update(Party).where(Party.id == party.id).values(nature=PartyNature.of(nature))
    with pytest.raises(IntegrityError), session.begin_nested():
        session.execute(changed)


def test_a_party_is_found_by_code_id_or_a_name_of_its_own(session: Session, at: datetime) -> None:
    by = make.actor(session, join(session, at), at)
    one = found_party(session, facts(name="同名公司"), by=by, at=at)
    assert find_party(session, "同名公司") is one
    other = found_party(session, facts(name="同名公司"), by=by, at=at)
    assert other.uscc is not None
    assert find_party(session, str(one.id)) is one
    assert find_party(session, other.uscc.lower()) is other
    assert find_party(session, "没有的公司") is None
    with refused(PartyRefusal.NAME_SHARED):
        find_party(session, "同名公司")


def test_a_party_that_bears_a_number_as_its_name_is_not_taken_for_another(
    session: Session, at: datetime
) -> None:
    by = make.actor(session, join(session, at), at)
    first = found_party(session, facts(), by=by, at=at)
    found_party(session, facts(name=str(first.id)), by=by, at=at)
    assert find_party(session, str(first.id)) is first


def test_a_founder_becomes_the_first_signatory(session: Session, at: datetime) -> None:
    user = join(session, at)
    party = found_party(session, facts(), by=make.actor(session, user, at), at=at)
    actor = make.actor(session, user, at)
    assert (actor.party_id, actor.seat) == (party.id, Seat.SIGNATORY)
    assert actor.parties == {party.id}
    assert acts(session, ("party", party.id)) == ["party.founded"]


@pytest.mark.parametrize(
    ("over", "said", "field"),
    [
        ({"uscc": None}, PartyRefusal.USCC_MISSING, "uscc"),
        ({"park_code": "P43020001"}, PartyRefusal.PARK_MISFIT, "park_code"),
        ({"seller_class": SellerClass.PERSON}, PartyRefusal.CLASS_MISFIT, "seller_class"),
        ({"nature": PartyNature.NATURAL_PERSON}, PartyRefusal.NATURE_MISFIT, "nature"),
        ({"name": "官方"}, AccountRefusal.NAME_RESERVED, "name"),
    ],
)
def test_a_refused_party_leaves_nothing_and_names_its_field(
    session: Session, at: datetime, over: dict[str, object], said: AccountRefusal, field: str
) -> None:
    by = make.actor(session, join(session, at), at)
    before = parties_page(session, 1).total
    with refused(said, field):
        found_party(session, facts(**over), by=by, at=at)
    assert parties_page(session, 1).total == before


def test_a_credit_code_is_used_once(session: Session, at: datetime) -> None:
    by, code = make.actor(session, join(session, at), at), make.uscc()
    found_party(session, facts(uscc=code), by=by, at=at)
    with refused(PartyRefusal.USCC_TAKEN):
        found_party(session, facts(uscc=code), by=by, at=at)
    assert len(list(session.scalars(select(Membership).where(Membership.party_id > 0)))) >= 1


def test_a_park_of_the_own_city_is_kept(session: Session, at: datetime) -> None:
    by = make.actor(session, join(session, at), at)
    party = found_party(session, facts(park_code="P43010001"), by=by, at=at)
    assert party.park_code == "P43010001"


def test_an_operator_confirms_a_doubtful_code_once(session: Session, at: datetime) -> None:
    party, _ = make.party(session, at=at, uscc_check_ok=False)
    assert party.uscc_doubtful
    by = make.operator(session, at)
    confirm_uscc(session, party.id, by=by, at=at)
    assert (party.uscc_doubtful, party.uscc_confirmed_by) == (False, by.user_id)
    with refused(PartyRefusal.USCC_FINE):
        confirm_uscc(session, party.id, by=by, at=at)


def test_doubtful_codes_come_first_in_the_list(session: Session, at: datetime) -> None:
    doubtful, _ = make.party(session, at=at, uscc_check_ok=False)
    newer, _ = make.party(session, at=at)
    ids = [party.id for party in parties_page(session, 1).rows]
    assert ids.index(doubtful.id) < ids.index(newer.id)
    confirm_uscc(session, doubtful.id, by=make.operator(session, at), at=at)
    ids = [party.id for party in parties_page(session, 1).rows]
    assert ids.index(newer.id) < ids.index(doubtful.id)


def test_a_party_is_seen_by_its_members_an_operator_and_an_auditor_only(
    session: Session, at: datetime
) -> None:
    party, member = make.party(session, at=at)
    _, outsider = make.party(session, at=at)
    assert get_visible_party(session, party.id, member) is party
    assert get_visible_party(session, party.id, make.operator(session, at)) is party
    auditor = make.actor(session, make.user(session, Role.AUDITOR, at=at), at)
    assert get_visible_party(session, party.id, auditor) is party
    for role in (Role.ADMINISTRATOR, Role.DIRECTOR, Role.REGISTRAR):
        with pytest.raises(Missing):
            get_visible_party(session, party.id, Actor(999, roles=frozenset({role})))
    with pytest.raises(Missing):
        get_visible_party(session, party.id, outsider)
    with pytest.raises(Missing):
        get_visible_party(session, 10**9, make.operator(session, at))


def test_a_district_registry_comes_before_its_citys(session: Session, at: datetime) -> None:
    city, district = make.office(session, at, "430100"), make.office(session, at, "430104")
    near, _ = make.party(session, at=at, region="430104")
    far, _ = make.party(session, at=at, region="430102")
    assert find_registry_for(session, near) is district
    assert find_registry_for(session, far) is city
    assert [r.code for _, served in registries_with_territory(session) for r in served] == [
        "430100",
        "430104",
    ]


def test_every_party_page_is_at_most_twenty_long(session: Session, at: datetime) -> None:
    _, by = make.party(session, at=at)
    for _each in range(21):
        found_party(session, facts(), by=by, at=at)
    page = parties_page(session, 1)
    assert len(page.rows) == 20
    assert page.pages == -(-page.total // 20) > 1
    everybody = [p.id for n in range(1, page.pages + 1) for p in parties_page(session, n).rows]
    assert sorted(everybody) == sorted(session.scalars(select(Party.id)))
