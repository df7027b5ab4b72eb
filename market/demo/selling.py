"""How a result fares: drafted, published, talked over, agreed."""

from datetime import datetime, timedelta

from market.deals.models import Deal
from market.demo.cast import NAMES
from market.demo.contracting import contract_from_deal
from market.demo.diary import SPAN, Story
from market.demo.people import Stage
from market.demo.plots import Fate, Result, Talk
from market.demo.stage import wan
from market.kernel.db import get
from market.kernel.money import Money
from market.listings import commands as listings
from market.listings.sheet import OwnerFacts, Sheet
from market.negotiation import commands as negotiation
from market.negotiation.models import Negotiation

STANDS, STANDS_BRIEFLY = timedelta(days=60), timedelta(hours=1)
SETTLED = ("=", ".", "-")
BEFORE_TALKS, TALKS_APART = 5, 8


def publication(stage: Stage, result: Result) -> Story:
    """From the first draft to the state that the table names."""
    at = yield SPAN - result.age
    by = stage.party(result.seller, at)
    sheet = _sheet(stage, result)
    listing = listings.draft(stage.session, stage.parties[result.seller], sheet, by=by, at=at)
    stage.listings[result.title] = listing.id
    if result.fate is Fate.DRAFT:
        return
    at = yield 1
    listings.submit(stage.session, listing.id, by=stage.party(result.seller, at), at=at)
    if result.fate is Fate.SUBMITTED:
        return
    at = yield 2
    by = stage.person("operator", at)
    if result.fate is Fate.RETURNED:
        listings.return_to_draft(stage.session, listing.id, result.why, by=by, at=at)
        return
    listings.publish(stage.session, listing.id, by=by, at=at)
    if result.fate is Fate.PUBLISHED:
        return
    at = yield 6
    listings.withdraw(stage.session, listing.id, by=stage.party(result.seller, at), at=at)
    if result.fate is Fate.WITHDRAWN:
        return
    at = yield 1
    listings.redraft(stage.session, listing.id, by=stage.party(result.seller, at), at=at)
    if result.fate is Fate.REPUBLISHED:
        at = yield 1
        listings.submit(stage.session, listing.id, by=stage.party(result.seller, at), at=at)
        at = yield 2
        listings.publish(stage.session, listing.id, by=stage.person("operator", at), at=at)


def talks(stage: Stage, result: Result, nth: int) -> Story:
    """One company's talks; those not settled are told so late that the last offer still stands."""
    talk = result.talks[nth]
    moves = talk.moves.split()
    settled = moves[-1].endswith(SETTLED)
    late = len(moves) + 2 + nth
    at = yield SPAN - (result.age - BEFORE_TALKS - TALKS_APART * nth if settled else late)
    opened = negotiation.open_talks(
        stage.session,
        stage.listings[result.title],
        _price(moves[0]),
        at + _stands(moves[0]),
        by=stage.party(talk.buyer, at),
        at=at,
        message="我方有意受让，请考虑。",
    )
    pause = 1
    for move in moves[1:]:
        if move.startswith("+"):
            pause += int(move)
            continue
        at, pause = (yield pause), 1
        deal = _answer(stage, result, talk, opened.id, move, at)
        if deal is not None and talk.contract is not None:
            yield from contract_from_deal(stage, (result.seller, talk.buyer), deal, talk)


def agreed_on(result: Result, nth: int) -> int:
    """The working day of the world on which these talks, which end in a deal, are agreed."""
    moves = result.talks[nth].moves.split()[1:]
    lasted = sum(int(move) if move.startswith("+") else 1 for move in moves)
    return SPAN - (result.age - BEFORE_TALKS - TALKS_APART * nth) + lasted


def _answer(
    stage: Stage, result: Result, talk: Talk, talks_id: int, move: str, at: datetime
) -> Deal | None:
    """Make one move; a deal where it was an acceptance."""
    by = stage.party(result.seller if move[0] == "s" else talk.buyer, at)
    match move[1:]:
        case "=":
            standing = get(stage.session, Negotiation, talks_id).standing
            assert standing is not None, "the table accepts only what stands"
            return negotiation.accept_offer(
                stage.session, talks_id, offer_id=standing.id, price=standing.price, by=by, at=at
            )
        case "-":
            negotiation.refuse_offer(stage.session, talks_id, by=by, at=at)
        case "~":
            negotiation.take_back_offer(stage.session, talks_id, by=by, at=at)
        case ".":
            negotiation.end_talks(stage.session, talks_id, by=by, at=at)
        case _:
            negotiation.make_offer(
                stage.session, talks_id, _price(move), at + _stands(move), by=by, at=at
            )
    return None


def _price(move: str) -> Money:
    return wan(int(move[1:].rstrip("!")))


def _stands(move: str) -> timedelta:
    return STANDS_BRIEFLY if move.endswith("!") else STANDS


def _sheet(stage: Stage, result: Result) -> Sheet:
    owner = NAMES[result.seller]
    owners: tuple[OwnerFacts, ...] = (OwnerFacts(owner, 10_000),)
    if result.co_owner:
        owners = (OwnerFacts(owner, 6_000), OwnerFacts(result.co_owner, 4_000, consents=True))
    return Sheet(
        title=result.title,
        abstract=result.abstract,
        way=result.way,
        licence_type=result.licence,
        licences_offered=result.licences,
        price=wan(result.wan) if result.wan is not None else None,
        technology_field=result.field,
        key_field=result.key_field,
        maturity=result.maturity,
        funding=result.funding,
        ipc=result.ipc,
        valuation=wan(result.valued) if result.valued else None,
        valuation_note="演示评估事务所，收益法" if result.valued else "",
        keywords=result.keywords,
        rights=tuple(stage.patents.right(kind, result.title, year) for kind, year in result.rights),
        owners=owners,
        makers=result.makers,
        encumbrances=result.encumbrances,
    )
