"""The shapes of the fake's objects: every field the market reads, and every one that must be there.

What must be there, and which words an enum knows, is held against the library's classes on each
answer (``contract.py``).
"""

from datetime import timedelta
from typing import Any

Thing = dict[str, Any]
ANSWER_WITHIN = timedelta(days=9)


def payment(amount: int, asked: Thing) -> Thing:
    """A payment nobody has paid."""
    method = asked.get("payment_method")
    return {
        "amount": amount,
        "amount_capturable": 0,
        "amount_received": 0,
        "automatic_payment_methods": {"enabled": True},
        "canceled_at": None,
        "cancellation_reason": None,
        "capture_method": asked.get("capture_method", "automatic_async"),
        "client_secret": None,
        "confirmation_method": "automatic",
        "currency": asked["currency"],
        "description": asked.get("description"),
        "last_payment_error": None,
        "latest_charge": None,
        "metadata": asked.get("metadata") or {},
        "next_action": None,
        "payment_method": method,
        "payment_method_types": ["card"],
        "status": "requires_confirmation" if method else "requires_payment_method",
    }


def charge(payment: Thing) -> Thing:
    """A charge of a payment, authorised and not yet captured."""
    card = {"brand": "visa", "exp_month": 12, "exp_year": 2034, "last4": "4242"}
    address = dict.fromkeys(("city", "country", "line1", "line2", "postal_code", "state"))
    payer = {"address": address, "email": None, "name": None, "phone": None, "tax_id": None}
    return {
        "amount": payment["amount"],
        "amount_captured": 0,
        "amount_refunded": 0,
        "balance_transaction": None,
        "billing_details": payer,
        "captured": False,
        "currency": payment["currency"],
        "description": payment["description"],
        "disputed": False,
        "failure_code": None,
        "failure_message": None,
        "metadata": payment["metadata"],
        "paid": True,
        "payment_intent": payment["id"],
        "payment_method": payment["payment_method"],
        "payment_method_details": {"type": "card", "card": card},
        "refunded": False,
        "status": "succeeded",
    }


def refund(charge: Thing, amount: int, metadata: Thing) -> Thing:
    """A refund by which no money has moved yet."""
    return {
        "amount": amount,
        "balance_transaction": None,
        "charge": charge["id"],
        "currency": charge["currency"],
        "metadata": metadata,
        "payment_intent": charge["payment_intent"],
        "reason": None,
        "status": "pending",
    }


def dispute(charge: Thing, amount: int, stamp: int) -> Thing:
    """A dispute by which no money has moved yet."""
    evidence: Thing = {
        "due_by": stamp + int(ANSWER_WITHIN.total_seconds()),
        "enhanced_eligibility": {},
        "has_evidence": False,
        "past_due": False,
        "submission_count": 0,
        "submission_method": "not_submitted",
    }
    return {
        "amount": amount,
        "balance_transactions": [],
        "charge": charge["id"],
        "currency": charge["currency"],
        "enhanced_eligibility_types": [],
        "evidence": {"enhanced_evidence": {}},
        "evidence_details": evidence,
        "is_charge_refundable": False,
        "metadata": {},
        "payment_intent": charge["payment_intent"],
        "reason": "fraudulent",
        "status": "needs_response",
    }


def line(kind: str, amount: int, source: Thing, fee: int, category: str, stamp: int) -> Thing:
    """A line of the account's book."""
    kept = {"amount": fee, "application": None, "currency": source["currency"]}
    return {
        "amount": amount,
        "available_on": stamp,
        "balance_type": "payments",
        "currency": source["currency"],
        "description": None,
        "exchange_rate": None,
        "fee": fee,
        "fee_details": [kept | {"description": None, "type": "stripe_fee"}] if fee else [],
        "net": amount - fee,
        "reporting_category": category,
        "source": source["id"],
        "status": "available",
        "type": kind,
    }


def event(event_id: str, kind: str, thing: Thing, stamp: int, *, live: bool) -> Thing:
    """A piece of news, with the thing as it was then."""
    return {
        "id": event_id,
        "object": "event",
        "api_version": "2026-10-28.endive",
        "created": stamp,
        "data": {"object": thing},
        "livemode": live,
        "pending_webhooks": 1,
        "request": {"id": None, "idempotency_key": None},
        "type": kind,
    }
