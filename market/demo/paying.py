"""How the money of the demo world moves: prices, royalties, deposits, what is paid out."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from sqlalchemy import select

from config import PLAY_ACCOUNT
from market.bank.commands import import_statement
from market.bank.reading import read_statement
from market.deals.models import Deal
from market.demo.cast import NAMES
from market.demo.diary import SPAN, Story
from market.demo.people import Stage
from market.demo.plots import Earning, Pledge, Result, Talk
from market.demo.selling import agreed_on
from market.demo.stage import wan
from market.kernel.authority import NOBODY
from market.kernel.clock import day_of
from market.kernel.money import Money, plain
from market.kernel.personal import Ref
from market.ledger.queries import balance
from market.ledger.rules import Place, Purpose
from market.payments import deposit_commands as deposits
from market.payments import payout_commands as payouts
from market.payments import royalty_commands as royalties
from market.payments.models import Obligation
from market.payments.payout_models import Payout
from market.payments.queries import obligations_on
from market.payments.royalty_queries import find_running

BANK = "湘江演示银行长沙分行"
COLUMNS = "交易日期,收入金额,支出金额,余额,对方户名,对方账号,附言"
TO_SIGN = 5
"""Working days from a deal to the second signature under its contract."""
A_MONTH = 22
"""As many working days as a month has, or more: a period is over when it is declared."""


PLEDGES = (
    Pledge("wind", "百吨级纯电动矿用自卸车能量回收系统", 98, 20),
    Pledge("builder", "重载铁路钢轨焊缝相控阵探伤机器人", 30, 40, "未成为受让方，保证金退还。"),
)
EARNINGS = (
    Earning("materials", 190, ((185, 60), (1, 35))),
    Earning("rail", 200, ((196, 170),)),
)


def money(stage: Stage, results: Sequence[Result]) -> Iterator[Story]:
    """All stories of money: of each signed deal, of deposits, of what sellers have paid out."""
    for result in results:
        for nth, talk in enumerate(result.talks):
            if talk.signed and talk.price.came:
                yield payments(stage, result, nth)
            if talk.price.figures:
                yield statements(stage, result, nth)
    yield puzzle(stage)
    yield from (pledge(stage, told) for told in PLEDGES)
    yield from (earning(stage, told) for told in EARNINGS)


def puzzle(stage: Stage) -> Story:
    """Money without a reference: it waits at the matching desk."""
    at = yield SPAN - 2
    _statement(stage, wan(5), f"{NAMES['builder']},6217000000000121,技术转让款", at)


def payments(stage: Stage, result: Result, nth: int) -> Story:
    """What is paid of one deal: as many payments as the table says, each shortly before its day."""
    talk, told = result.talks[nth], 0
    days = [days for _, days in talk.price.parts] or [4]
    for place in range(talk.price.came):
        on = agreed_on(result, nth) + TO_SIGN + days[place] * 2 // 3
        at, told = (yield on - told), on
        owed = obligations_on(stage.session, _owed_for(stage, result, talk))[place]
        _by_bank(stage, owed, talk.buyer, at)


def statements(stage: Stage, result: Result, nth: int) -> Story:
    """The royalty of one deal: its periods declared, all but the last of them paid."""
    talk, told = result.talks[nth], 0
    signed = agreed_on(result, nth) + TO_SIGN
    for place, figure in enumerate(talk.price.figures, start=1):
        on = signed + place * talk.price.every_months * A_MONTH
        at, told = (yield on - told), on + 2
        running = find_running(stage.session, _owed_for(stage, result, talk))
        assert running is not None, "it began with the contract"
        by, books = stage.party(talk.buyer, at), f"销售明细账第{place}期（演示）"
        stated = royalties.declare_royalty(
            stage.session, running.id, place, wan(figure), books, by=by, at=at
        )
        if place < len(talk.price.figures):
            at = yield 2
            assert stated.obligation is not None, "the table's figures earn something"
            _by_bank(stage, stated.obligation, talk.buyer, at)


def pledge(stage: Stage, told: Pledge) -> Story:
    """A deposit asked for, paid and held; where the table says so it went back, with proof."""
    s = stage.session
    at = yield SPAN - told.age
    subject = ("listing", stage.listings[told.title])
    words = f"保证金：{told.title}"
    deposit = deposits.ask_deposit(
        s, stage.parties[told.buyer], subject, wan(told.wan), words, day_of(at), by=NOBODY, at=at
    )
    at = yield 1
    _by_bank(stage, deposit.obligation, told.buyer, at)
    deposits.hold_deposit(s, deposit.id, by=NOBODY, at=at)
    if told.back:
        at = yield 4
        deposits.refund_deposit(s, deposit.id, told.back, by=NOBODY, at=at)
        at = yield 1
        going = s.scalars(select(Payout).where(Payout.deposit_id == deposit.id)).one()
        _sent(stage, going, at)


def earning(stage: Stage, told: Earning) -> Story:
    """A seller names its account and has proceeds paid out; what was just ordered still waits."""
    at = yield SPAN - told.age
    by = stage.party(told.seller, at)
    number = f"6222020000{stage.parties[told.seller]:06d}"
    payouts.set_payout_account(stage.session, NAMES[told.seller], BANK, number, by=by, at=at)
    before = told.age
    for age, amount in told.orders:
        at, before = (yield before - age), age
        by = stage.party(told.seller, at)
        ordered = payouts.request_payout(stage.session, wan(amount), by=by, at=at)
        if age > 1:
            at, before = (yield 1), age - 1
            _sent(stage, ordered, at)


def _owed_for(stage: Stage, result: Result, talk: Talk) -> Ref:
    listing, buyer = stage.listings[result.title], stage.parties[talk.buyer]
    found = select(Deal.id).where(Deal.listing_id == listing, Deal.buyer_id == buyer)
    return "deal", stage.session.scalars(found).one()


def _by_bank(stage: Stage, owed: Obligation, payer: str, at: datetime) -> None:
    """Money that came by bank for exactly what is owed, its reference beside it."""
    account = f"6217000000{owed.debtor_id:06d}"
    _statement(stage, owed.remaining, f"{NAMES[payer]},{account},{owed.reference}", at)


def _sent(stage: Stage, payout: Payout, at: datetime) -> None:
    """Handed to the bank by the operator, and proven by the bank's next statement."""
    payouts.send_payout(stage.session, payout.id, by=stage.person("operator", at), at=at)
    told = f"{payout.party.name},{payout.number},{payout.reference}"
    _statement(stage, -payout.amount, told, at)


def _statement(stage: Stage, moved: Money, told: str, at: datetime) -> None:
    """A statement of one line, which the operator brings in."""
    rest = balance(stage.session, Place(Purpose.BANK)).posted + moved
    sums = f"{plain(moved)}," if moved.minor > 0 else f",{plain(-moved)}"
    raw = f"{COLUMNS}\n{day_of(at)},{sums},{plain(rest)},{told}\n".encode()
    number, today = PLAY_ACCOUNT.number, day_of(at)
    found = read_statement(raw, number, currency="CNY", today=today)
    by = stage.person("operator", at)
    import_statement(stage.session, found, raw, f"对账单{today:%Y%m%d}.csv", by=by, at=at)
