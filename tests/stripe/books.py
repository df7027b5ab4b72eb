"""What Stripe keeps and the laws it keeps to: payments, charges, refunds, disputes, balance lines.

Plain dictionaries of the shape of the newest interface. No line, no keys, no faults: those are
``fake.py``'s. Every change notes its events in ``events``, oldest first.
"""

import itertools
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.stripe import shapes

Thing = dict[str, Any]
HOLDS_LAST = timedelta(days=7)
FEE_BP, DISPUTE_FEE = 340, 8500
DECLINES = {
    "pm_card_chargeDeclined": "generic_decline",
    "pm_card_visa_chargeDeclinedInsufficientFunds": "insufficient_funds",
    "pm_card_chargeDeclinedExpiredCard": "expired_card",
}
ASKS_FOR_PROOF = "pm_card_authenticationRequired"
PAYABLE = ("requires_payment_method", "requires_confirmation", "requires_action")


class Clock:
    """The fake's own time, which only moves when told to."""

    def __init__(self, at: datetime = datetime(2026, 11, 26, 4, tzinfo=UTC)) -> None:
        self.now = at

    def forward(self, by: timedelta) -> None:
        """Let time pass."""
        self.now += by

    @property
    def stamp(self) -> int:
        """The time as Stripe writes it."""
        return int(self.now.timestamp())


class No(Exception):
    """An error answer of Stripe: status, type, code, words, and what stands beside them."""

    def __init__(self, status: int, kind: str, code: str, words: str = "", **beside: Any) -> None:
        super().__init__(code)
        self.status = status
        self.body = {"error": {"type": kind, "code": code, "message": words or code, **beside}}


def invalid(code: str, words: str = "", **beside: Any) -> No:
    """The usual no: the request does not fit the state of things."""
    return No(400, "invalid_request_error", code, words, **beside)


@dataclass
class Books:
    """One account. ``release_is_refund``: a hold set free is counted among the refunds too."""

    clock: Clock = field(default_factory=Clock)
    account: str = "acct_market"
    live: bool = False
    release_is_refund: bool = True
    refunds_wait: bool = False
    things: dict[str, Thing] = field(default_factory=dict)
    events: list[Thing] = field(default_factory=list)
    _numbers: Any = field(default_factory=lambda: itertools.count(1))

    # ── finding ──────────────────────────────────────────────────────────────────────────────────

    def get(self, kind: str, thing_id: str) -> Thing:
        """One thing, or a 404."""
        self.expire()
        found = self.things.get(thing_id)
        if found is None or found["object"] != kind:
            raise No(404, "invalid_request_error", "resource_missing", f"No such {kind}")
        return found

    def all(self, kind: str) -> list[Thing]:
        """All things of a kind, newest first."""
        self.expire()
        return [each for each in reversed(self.things.values()) if each["object"] == kind]

    # ── payments ─────────────────────────────────────────────────────────────────────────────────

    def create_payment(self, asked: Thing) -> Thing:
        """A payment nobody has paid yet, or (``confirm``) paid at once."""
        amount = int(asked["amount"])
        if amount < 1:
            raise invalid("parameter_invalid_integer", param="amount")
        if amount > 99_999_999:
            raise invalid("amount_too_large", param="amount")
        if amount < 50:
            raise invalid("amount_too_small", param="amount")
        payment = self._keep("payment_intent", "pi", shapes.payment(amount, asked))
        payment["client_secret"] = f"{payment['id']}_secret_{payment['id'][3:]}"
        self._tell("payment_intent.created", payment)
        if asked.get("confirm") == "true":
            self.confirm(payment["id"], asked.get("payment_method"))
        return payment

    def confirm(self, payment_id: str, method: str | None = None) -> Thing:
        """The payer pays with a card: charged, held, asked for a proof, or declined (402)."""
        payment = self._payable(payment_id)
        payment["payment_method"] = method or payment["payment_method"]
        if payment["payment_method"] is None:
            raise invalid("payment_intent_unexpected_state", "no payment method")
        if payment["payment_method"] == ASKS_FOR_PROOF:
            payment |= {"status": "requires_action", "next_action": {"type": "use_stripe_sdk"}}
            self._tell("payment_intent.requires_action", payment)
            return payment
        if payment["payment_method"] in DECLINES:
            self._decline(payment, DECLINES[payment["payment_method"]])
        return self._pass(payment)

    def authenticate(self, payment_id: str, *, passed: bool) -> Thing:
        """The payer proved to the bank who they are, or did not."""
        payment = self.get("payment_intent", payment_id)
        if payment["status"] != "requires_action":
            raise invalid("payment_intent_unexpected_state")
        payment["next_action"] = None
        if passed:
            return self._pass(payment)
        error = {"type": "invalid_request_error", "code": "payment_intent_authentication_failure"}
        payment |= {"status": "requires_payment_method", "payment_method": None}
        payment["last_payment_error"] = error
        self._tell("payment_intent.payment_failed", payment)
        return payment

    def capture(self, payment_id: str, amount: int | None) -> Thing:
        """Charge what is held or a part of it; the rest is set free."""
        payment = self.get("payment_intent", payment_id)
        if payment["status"] != "requires_capture":
            raise invalid("payment_intent_unexpected_state", payment_intent=payment)
        taken = payment["amount_capturable"] if amount is None else amount
        if taken < 1:
            raise invalid("parameter_invalid_integer", param="amount_to_capture")
        if taken > payment["amount_capturable"]:
            raise invalid("amount_too_large", param="amount_to_capture")
        charge = self.things[payment["latest_charge"]]
        self._take(payment, charge, taken)
        self._set_free(payment, charge, payment["amount"] - taken)
        self._tell("charge.captured", charge)
        self._tell("payment_intent.succeeded", payment)
        return payment

    def cancel(self, payment_id: str, reason: str | None = None) -> Thing:
        """Give a payment up; what was held is free again."""
        payment = self.get("payment_intent", payment_id)
        if payment["status"] not in (*PAYABLE, "requires_capture"):
            raise invalid("payment_intent_unexpected_state", payment_intent=payment)
        self._give_up(payment, reason)
        return payment

    def expire(self) -> None:
        """Holds whose time has passed are set free and their payments given up, by themselves."""
        for payment in [*self.things.values()]:
            if payment["object"] == "payment_intent" and payment["status"] == "requires_capture":
                charge = self.things[payment["latest_charge"]]
                until = charge["payment_method_details"]["card"]["capture_before"]
                if until <= self.clock.stamp:
                    self._tell("charge.expired", charge)
                    self._give_up(payment, "automatic")

    # ── refunds and disputes ─────────────────────────────────────────────────────────────────────

    def refund(self, asked: Thing) -> Thing:
        """Send money back, never more than was charged and not yet sent back."""
        charge = self._charge_of(asked)
        left = charge["amount_captured"] - self._sent_back(charge)
        amount = int(asked.get("amount", left))
        if not charge["captured"] or left < 1:
            raise invalid("charge_already_refunded", "nothing is left to refund")
        if amount < 1:
            raise invalid("parameter_invalid_integer", param="amount")
        if amount > left:
            raise invalid("amount_too_large", param="amount")
        refund = self._new_refund(charge, amount, asked.get("metadata") or {})
        refund["reason"] = asked.get("reason")
        refund["status"] = "pending" if self.refunds_wait else "succeeded"
        line = self._line("refund", -amount, refund)
        refund["balance_transaction"] = line["id"]
        self._count_refunds(charge)
        self._tell("refund.created", refund)
        self._tell("charge.refunded", charge)
        return refund

    def settle_refund(self, refund_id: str, *, arrived: bool) -> Thing:
        """The payer's bank took the refund, or sent it back."""
        refund = self.get("refund", refund_id)
        if arrived:
            refund["status"] = "succeeded"
            self._tell("refund.updated", refund)
            return refund
        line = self._line("refund_failure", refund["amount"], refund)
        refund |= {"status": "failed", "failure_reason": "lost_or_stolen_card"}
        refund["failure_balance_transaction"] = line["id"]
        self._count_refunds(self.things[refund["charge"]])
        self._tell("refund.failed", refund)
        return refund

    def dispute(
        self, payment_id: str, amount: int | None = None, *, inquiry: bool = False
    ) -> Thing:
        """The payer's bank takes the money back, or (an inquiry) only asks."""
        payment = self.get("payment_intent", payment_id)
        charge = self.things[payment["latest_charge"]]
        taken = charge["amount_captured"] if amount is None else amount
        dispute = self._keep("dispute", "du", shapes.dispute(charge, taken, self.clock.stamp))
        dispute["status"] = "warning_needs_response" if inquiry else "needs_response"
        charge["disputed"] = True
        self._tell("charge.dispute.created", dispute)
        if not inquiry:
            self._withdraw(dispute, -taken, "dispute", DISPUTE_FEE)
            self._tell("charge.dispute.funds_withdrawn", dispute)
        return dispute

    def decide(self, dispute_id: str, *, won: bool) -> Thing:
        """The payer's bank gives the money back, or keeps it."""
        dispute = self.get("dispute", dispute_id)
        dispute["status"] = "won" if won else "lost"
        if won and dispute["balance_transactions"]:
            self._withdraw(dispute, dispute["amount"], "dispute_reversal", 0)
            self._tell("charge.dispute.funds_reinstated", dispute)
        self._tell("charge.dispute.closed", dispute)
        return dispute

    # ── steps ────────────────────────────────────────────────────────────────────────────────────

    def _payable(self, payment_id: str) -> Thing:
        payment = self.get("payment_intent", payment_id)
        if payment["status"] not in PAYABLE:
            raise invalid("payment_intent_unexpected_state", payment_intent=payment)
        return payment

    def _pass(self, payment: Thing) -> Thing:
        charge = self._keep("charge", "ch", shapes.charge(payment))
        payment |= {"latest_charge": charge["id"], "last_payment_error": None}
        if payment["capture_method"] == "manual":
            until = int((self.clock.now + HOLDS_LAST).timestamp())
            charge["payment_method_details"]["card"]["capture_before"] = until
            payment |= {"status": "requires_capture", "amount_capturable": payment["amount"]}
            self._tell("payment_intent.amount_capturable_updated", payment)
            return payment
        self._take(payment, charge, payment["amount"])
        self._tell("charge.succeeded", charge)
        self._tell("payment_intent.succeeded", payment)
        return payment

    def _decline(self, payment: Thing, reason: str) -> None:
        charge = self._keep("charge", "ch", shapes.charge(payment))
        words = "Your card was declined."
        charge |= {"status": "failed", "failure_code": "card_declined", "failure_message": words}
        charge["paid"] = False
        error = {"type": "card_error", "code": "card_declined", "decline_code": reason}
        error |= {"message": words}
        payment |= {"status": "requires_payment_method", "payment_method": None}
        payment |= {"last_payment_error": error, "latest_charge": charge["id"]}
        self._tell("charge.failed", charge)
        self._tell("payment_intent.payment_failed", payment)
        raise No(402, "card_error", "card_declined", words, decline_code=reason)

    def _take(self, payment: Thing, charge: Thing, amount: int) -> None:
        line = self._line("charge", amount, charge, amount * FEE_BP // 10_000)
        charge |= {"captured": True, "amount_captured": amount, "balance_transaction": line["id"]}
        payment |= {"status": "succeeded", "amount_received": amount, "amount_capturable": 0}

    def _set_free(self, payment: Thing, charge: Thing, amount: int) -> None:
        if amount and self.release_is_refund:
            refund = self._new_refund(charge, amount, {})
            refund["status"] = "succeeded"
            self._count_refunds(charge)
            self._tell("charge.refunded", charge)
        payment["amount_capturable"] = 0

    def _give_up(self, payment: Thing, reason: str | None) -> None:
        held = payment["amount_capturable"]
        payment |= {"status": "canceled", "canceled_at": self.clock.stamp, "next_action": None}
        payment["cancellation_reason"] = reason
        if held:
            self._set_free(payment, self.things[payment["latest_charge"]], held)
        self._tell("payment_intent.canceled", payment)

    def _charge_of(self, asked: Thing) -> Thing:
        if "charge" in asked:
            return self.get("charge", asked["charge"])
        payment = self.get("payment_intent", asked["payment_intent"])
        if payment["latest_charge"] is None:
            raise invalid("payment_intent_unexpected_state", "it was not paid")
        return self.things[payment["latest_charge"]]

    def _sent_back(self, charge: Thing) -> int:
        return sum(
            each["amount"]
            for each in self.all("refund")
            if each["charge"] == charge["id"]
            and each["balance_transaction"]
            and each["status"] not in ("failed", "canceled")
        )

    def _count_refunds(self, charge: Thing) -> None:
        free = sum(
            each["amount"]
            for each in self.all("refund")
            if each["charge"] == charge["id"] and not each["balance_transaction"]
        )
        charge["amount_refunded"] = self._sent_back(charge) + free
        charge["refunded"] = charge["amount_refunded"] >= charge["amount"]

    def _withdraw(self, dispute: Thing, amount: int, category: str, fee: int) -> None:
        line = self._line("adjustment", amount, dispute, fee, category)
        dispute["balance_transactions"].append(line)

    def _new_refund(self, charge: Thing, amount: int, metadata: Thing) -> Thing:
        return self._keep("refund", "re", shapes.refund(charge, amount, metadata))

    def _line(
        self, kind: str, amount: int, source: Thing, fee: int = 0, category: str = ""
    ) -> Thing:
        fresh = shapes.line(kind, amount, source, fee, category or kind, self.clock.stamp)
        return self._keep("balance_transaction", "txn", fresh)

    def _keep(self, kind: str, prefix: str, fresh: Thing) -> Thing:
        thing: Thing = {"id": f"{prefix}_{next(self._numbers):06}", "object": kind}
        thing |= {"created": self.clock.stamp, "livemode": self.live} | fresh
        if kind in ("refund", "balance_transaction"):
            del thing["livemode"]
        self.things[thing["id"]] = thing
        return thing

    def _tell(self, kind: str, thing: Thing) -> None:
        event_id = f"evt_{next(self._numbers):06}"
        event = shapes.event(event_id, kind, _copied(thing), self.clock.stamp, live=self.live)
        self.events.append(event)


def _copied(thing: Any) -> Any:
    if isinstance(thing, dict):
        return {name: _copied(each) for name, each in thing.items()}
    return [_copied(each) for each in thing] if isinstance(thing, list) else thing
