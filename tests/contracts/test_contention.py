"""Both sides press the button at the same instant; each signature and each refusal is counted."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from threading import Barrier

from market.contracts import commands
from market.contracts.models import Contract
from market.contracts.rules import Status
from market.kernel.authority import Actor
from market.kernel.db import Database
from market.kernel.refusal import Refused
from tests import make

ROUNDS = 10


def fixed(database: Database, at: datetime) -> tuple[int, str, Actor, Actor]:
    with database.transaction() as s:
        (one, seller), (two, buyer) = (make.party(s, at=at) for _ in range(2))
        made = commands.draft(s, one.id, two.id, make.terms(), by=seller, at=at)
        commands.offer_text(s, made.id, by=seller, at=at)
        assert made.text_hash is not None
        return made.id, made.text_hash, seller, buyer


def together(*acts: Callable[[], object]) -> list[str]:
    """Run the acts at once; gives what each came to: ``done`` or the code of its refusal."""
    gate = Barrier(len(acts))

    def run(act: Callable[[], object]) -> str:
        gate.wait()
        try:
            act()
        except Refused as no:
            return no.refusal.code
        return "done"

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def signing(
    database: Database, contract_id: int, seen: str, by: Actor, at: datetime
) -> Callable[[], object]:
    def act() -> None:
        with database.transaction() as s:
            commands.sign(s, contract_id, seen, by=by, at=at)

    return act


def test_two_sides_that_sign_at_once_conclude_the_contract(
    database: Database, at: datetime
) -> None:
    for _ in range(ROUNDS):
        contract_id, seen, seller, buyer = fixed(database, at)
        came = together(*(signing(database, contract_id, seen, by, at) for by in (seller, buyer)))
        assert came == ["done", "done"]
        with database.reading() as s:
            contract = s.get_one(Contract, contract_id)
            assert contract.status is Status.SIGNED
            assert len(contract.signatures) == 2


def test_of_four_clicks_of_one_side_one_signs(database: Database, at: datetime) -> None:
    for _ in range(ROUNDS):
        contract_id, seen, seller, _buyer = fixed(database, at)
        came = together(*[signing(database, contract_id, seen, seller, at)] * 4)
        assert sorted(came) == ["done", *["signed-already"] * 3]


def test_a_text_reopened_at_the_instant_of_signing_keeps_no_signature(
    database: Database, at: datetime
) -> None:
    for _ in range(ROUNDS):
        contract_id, seen, seller, buyer = fixed(database, at)

        def reopening(contract_id: int = contract_id, by: Actor = buyer) -> None:
            with database.transaction() as s:
                commands.reopen(s, contract_id, by=by, at=at)

        signed, reopened = together(signing(database, contract_id, seen, seller, at), reopening)
        assert reopened == "done"
        assert signed in ("done", "contract-wrong-state")
        with database.reading() as s:
            contract = s.get_one(Contract, contract_id)
            assert contract.status is Status.DRAFT
            assert contract.signatures == []
