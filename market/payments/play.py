"""Play money, for the demo world only: whoever clicks has paid.

There is no outside world, so there is nothing to ask later: an external id says all by itself.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime

from market.kernel.money import Money
from market.payments.gateways import (
    Channel,
    Declined,
    Fact,
    Intent,
    Movement,
    RefundFact,
    RefundStage,
    Stage,
)

ACCOUNT = "play"


class PlayGateway:
    """Every payment succeeds at once, and so does every refund."""

    channel = Channel.PLAY
    live = False
    account = ACCOUNT

    def takes(self, amount: Money) -> bool:
        """Play money has no limits."""
        return amount > Money(0, amount.currency)

    def open(self, intent: Intent) -> Fact:
        """Paid."""
        return _paid(_external_id(intent.key, intent.amount))

    def look(self, external_id: str) -> Fact:
        """Paid, if it is a payment of this gateway."""
        return _paid(external_id)

    def find(self, key: str) -> Fact | None:
        """Nothing is kept, so what was not noted did not happen."""
        return None

    def capture(self, external_id: str, amount: Money, key: str) -> Fact:
        """Nothing is ever held: it is charged already."""
        return _paid(external_id)

    def cancel(self, external_id: str, key: str) -> Fact:
        """Too late, always."""
        raise Declined("already-paid")

    def refund(self, external_id: str, amount: Money, key: str) -> RefundFact:
        """Back at once, but no more than was paid."""
        if amount > _paid(external_id).received:
            raise Declined("more-than-paid")
        return self.look_refund(f"{_external_id(key, amount)}<{external_id}")

    def look_refund(self, external_id: str) -> RefundFact:
        """Back, if it is a refund of this gateway."""
        own, _, payment = external_id.partition("<")
        key, amount = _read(own)
        return RefundFact(external_id, key, amount, RefundStage.SUCCEEDED, payment)

    def refunds(self, payment: str) -> Sequence[RefundFact]:
        """Nothing is kept, so what was not noted did not happen."""
        return ()

    def movements(self, since: datetime) -> Iterator[Movement]:
        """There is no account to read."""
        return iter(())


def _external_id(key: str, amount: Money) -> str:
    return f"{ACCOUNT}:{key}:{amount.minor}:{amount.currency}"


def _read(external_id: str) -> tuple[str, Money]:
    """The key and the amount that an external id says."""
    try:
        name, key, minor, currency = external_id.split(":")
        amount = Money(int(minor), currency)
    except ValueError as error:
        raise Declined("no-such-payment") from error
    if name != ACCOUNT:
        raise Declined("no-such-payment")
    return key, amount


def _paid(external_id: str) -> Fact:
    key, amount = _read(external_id)
    nothing = Money(0, amount.currency)
    return Fact(
        external_id=external_id,
        key=key,
        stage=Stage.SUCCEEDED,
        amount=amount,
        capturable=nothing,
        received=amount,
        refunded=nothing,
        disputed=nothing,
        live=False,
        account=ACCOUNT,
    )
