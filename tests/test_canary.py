"""The watch over canaries sees a leak, and lets an owner read what is theirs."""

from datetime import datetime

import pytest
import sqlalchemy as sa
from flask import Flask, request

from market.accounts.models import User
from market.contracts.models import Contract
from market.kernel.authority import SEE_PUBLIC, Actor, Role, asks
from market.listings import commands as listings
from market.listings.models import Listing
from market.negotiation.models import Offer
from market.parties.models import Party
from market.payments.payout_models import PayoutAccount
from market.payments.royalty_models import RoyaltyStatement
from tests import canary, make, web

FIELDS = {
    "draft": sa.select(Listing.abstract).order_by(Listing.id.desc()),
    "message": sa.select(Offer.message),
    "contact": sa.select(Party.contact).order_by(Party.id),
    "clause": sa.select(Contract.special),
    "mail": sa.select(User.email).order_by(User.id),
    "account": sa.select(PayoutAccount.bank),
    "books": sa.select(RoyaltyStatement.evidence),
}


@pytest.fixture
def seller(app: Flask, at: datetime) -> Actor:
    """A seller with a draft, talks and a contract; anybody may ask ``/say`` to repeat a word."""

    @app.get("/say")
    @asks(SEE_PUBLIC)
    def say() -> str:
        return request.args["word"]

    with app.extensions["market.database"].transaction() as s:
        one, seller = make.party(s, Role.RESEARCHER, at=at)
        other, buyer = make.party(s, Role.COMPANY, at=at)
        make.talks(s, make.listing(s, seller, at=at), buyer, at=at)
        make.contract(s, seller, buyer, at=at)
        make.payout_account(s, seller, at=at)
        agreed = make.royalty(s, one, other, at=at, first_on=make.day("2025-07-01"))
        make.stated(s, agreed, 1, 5_000, by=buyer, at=at)
        assert seller.party_id is not None
        listings.draft(s, seller.party_id, make.sheet(), by=seller, at=at)
    return seller


@pytest.mark.parametrize("kind", FIELDS)
def test_a_word_that_reaches_a_stranger_is_a_leak(app: Flask, seller: Actor, kind: str) -> None:
    with app.extensions["market.database"].reading() as s:
        said = s.scalars(FIELDS[kind]).first()
    assert f"canary-{kind}-" in said, "the builders plant it"
    leaks = app.extensions["canary.leaks"]
    assert seller.user_id is not None
    owner = web.sign_in(app, seller.user_id)
    assert owner.get("/say", query_string={"word": said}).text == said
    assert not leaks
    assert app.test_client().get("/say", query_string={"word": said}).text == said
    assert len(leaks) == 1, leaks
    assert kind in leaks.pop()


@pytest.mark.parametrize("secret", [make.PASSWORD, "$argon2id$v=19$m=8,t=1,p=1$abc"])
def test_a_password_is_nobodys_to_see(app: Flask, seller: Actor, secret: str) -> None:
    leaks = app.extensions["canary.leaks"]
    assert seller.user_id is not None
    web.sign_in(app, seller.user_id).get("/say", query_string={"word": secret})
    assert len(leaks) == 1, leaks
    leaks.clear()


def test_every_kind_of_canary_is_planted_and_has_its_readers() -> None:
    assert set(FIELDS) == set(canary.MAY_READ)
