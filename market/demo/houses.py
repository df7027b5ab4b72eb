"""The houses of the demo world: members, papers seen, ties, and what waits for a second person."""

from datetime import date, datetime, timedelta

from market.demo.cast import (
    AUTHORITY,
    CHEAT,
    CHEAT_WHY,
    HOST,
    SEATS,
    SHOWN,
    TIES,
    VERIFIED,
)
from market.demo.people import Stage
from market.kernel.authority import Seat
from market.kernel.clock import day_of
from market.parties import commands as parties
from market.parties import member_commands as members
from market.parties import tie_commands as ties
from market.parties.models import Party
from market.parties.rules import NEEDED, PaperKind
from market.parties.seats import Holding
from market.parties.ties import Bond, TieKind
from market.rulebook.commands import propose_amendment


def seat_people(stage: Stage, at: datetime) -> None:
    """An editor, and a transfer office that binds its university for two years."""
    for number, (who, party, seat) in enumerate(SEATS):
        s, by, party_id = stage.session, stage.party(party, at), stage.parties[party]
        invited = members.invite(
            s, party_id, f"{who}@{HOST}", seat, token_hash=f"{number:064d}", by=by, at=at
        )
        members.accept_invitation(s, invited.id, by=stage.person(who, at), at=at)
        user_id = stage.actors[who].user_id
        assert user_id is not None, "members sign in"
        if seat is Seat.TRANSFER_OFFICE:
            holding = Holding(seat, AUTHORITY, day_of(at) + timedelta(days=730))
            members.change_seat(s, party_id, user_id, holding, by=by, at=at)


def verify_parties(stage: Stage, at: datetime) -> None:
    """Papers seen and parties verified; one more has shown a paper that nobody has seen."""
    operator = stage.person("operator", at)
    for key in VERIFIED:
        party = stage.session.get_one(Party, stage.parties[key])
        for kind in NEEDED[party.kind]:
            paper = _paper(stage, key, kind, at)
            parties.see_paper(stage.session, party.id, paper, by=operator, at=at)
        parties.verify_party(stage.session, party.id, by=operator, at=at)
    _paper(stage, SHOWN, PaperKind.LICENCE, at)


def _paper(stage: Stage, key: str, kind: PaperKind, at: datetime) -> int:
    return parties.show_paper(
        stage.session,
        stage.parties[key],
        kind,
        f"演示{stage.parties[key]:04d}",
        issued_by="市场监督管理部门（演示）",
        issued_on=date(2020, 5, 6),
        by=stage.party(key, at),
        at=at,
    ).id


def late_acts(stage: Stage, at: datetime) -> None:
    """What happened last: ties found, a party suspended, a proposal that waits for its second."""
    s, operator = stage.session, stage.person("operator", at)
    for holder, held, share in TIES:
        kind = TieKind.CONTROL if share is None else TieKind.EQUITY
        bond = Bond(stage.parties[holder], stage.parties[held], kind, share)
        ties.note_tie(s, bond, date(2024, 1, 1), source="企业信用公示（演示）", by=operator, at=at)
    parties.suspend_party(s, stage.parties[CHEAT], CHEAT_WHY, by=operator, at=at)
    first_day = day_of(at) + timedelta(days=60)
    propose_amendment(
        s, "neg.offer_days_most", 60, first_day, article="平台规则（演示）", by=operator, at=at
    )
