"""News from Stripe: what is believed, and every way of forging it (promises P-25; 7 G 106, 107)."""

import json
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from hmac import new as hmac

import pytest
import stripe
from hypothesis import given
from hypothesis import strategies as st

from market.payments.gateways import Mismatch
from market.payments.webhooks import FRESH, Forged, Unset, foreign, parse

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
NEW, OLD, OTHERS = "whsec_of_today", "whsec_of_yesterday", "whsec_of_another_endpoint"
BOTH = (NEW, OLD)
PAID = {
    "id": "evt_1",
    "object": "event",
    "type": "payment_intent.succeeded",
    "created": int(AT.timestamp()),
    "livemode": False,
    "data": {"object": {"id": "pi_1", "object": "payment_intent", "amount": 1}},
}
RAW = json.dumps(PAID, indent=2).encode()


def signature(raw: bytes, secret: str, at: datetime = AT) -> str:
    return hmac(secret.encode(), b"%d.%s" % (int(at.timestamp()), raw), sha256).hexdigest()


def header(raw: bytes, *secrets: str, at: datetime = AT) -> str:
    signatures = [f"v1={signature(raw, secret, at)}" for secret in secrets]
    return ",".join([f"t={int(at.timestamp())}", *signatures])


def of(kind: str, thing: dict[str, object], **beside: object) -> bytes:
    return json.dumps({**PAID, "type": kind, "data": {"object": thing}, **beside}).encode()


# ── believed ─────────────────────────────────────────────────────────────────────────────────────


def test_signed_news_names_its_payment() -> None:
    notice = parse(RAW, header(RAW, NEW), (NEW,), AT)
    assert (notice.event_id, notice.payment, notice.refund) == ("evt_1", "pi_1", "")
    assert notice.at == AT
    assert foreign(notice, live=False, account="acct_1") is None


@pytest.mark.parametrize("secret", BOTH)
def test_while_one_secret_takes_over_from_the_other_both_are_good(secret: str) -> None:
    assert parse(RAW, header(RAW, secret), BOTH, AT).payment == "pi_1"


def test_of_several_signatures_one_good_one_is_enough() -> None:
    several = header(RAW, OTHERS, NEW)
    assert parse(RAW, several, (NEW,), AT).payment == "pi_1"
    older_scheme = f"{header(RAW, NEW)},v0={'0' * 64}"
    assert parse(RAW, older_scheme, (NEW,), AT).payment == "pi_1"


@pytest.mark.parametrize("late", [FRESH, -FRESH])
def test_news_is_fresh_for_five_minutes(late: timedelta) -> None:
    assert parse(RAW, header(RAW, NEW), BOTH, AT + late).payment == "pi_1"


@given(st.text(max_size=30), st.integers(0, 2**31))
def test_what_the_official_library_signs_is_believed_and_the_other_way_round(
    words: str, stamp: int
) -> None:
    raw = of("payment_intent.succeeded", {"id": "pi_1", "object": "payment_intent", "d": words})
    theirs = stripe.WebhookSignature.generate_signature_header(raw.decode(), NEW, stamp)
    at = datetime.fromtimestamp(stamp, UTC)
    assert parse(raw, theirs, BOTH, at).payment == "pi_1"
    assert stripe.WebhookSignature.verify_header(raw.decode(), header(raw, NEW, at=at), NEW)


@pytest.mark.parametrize(
    ("kind", "thing", "payment", "refund"),
    [
        ("payment_intent.canceled", {"id": "pi_2", "object": "payment_intent"}, "pi_2", ""),
        ("charge.captured", {"id": "ch_1", "object": "charge", "payment_intent": "pi_2"},
         "pi_2", ""),
        ("charge.dispute.created",
         {"id": "du_1", "object": "dispute", "payment_intent": {"id": "pi_2"}}, "pi_2", ""),
        ("refund.updated", {"id": "re_1", "object": "refund", "payment_intent": "pi_2"},
         "pi_2", "re_1"),
        ("charge.refund.updated", {"id": "re_1", "object": "refund", "payment_intent": "pi_2"},
         "pi_2", "re_1"),
        ("charge.succeeded", {"id": "ch_1", "object": "charge", "payment_intent": None}, "", ""),
        ("payout.paid", {"id": "po_1", "object": "payout"}, "", ""),
        ("invented.tomorrow", {"id": "x_1", "object": "x", "payment_intent": "pi_2"}, "", ""),
    ],
)  # fmt: skip
def test_news_of_any_kind_names_what_it_is_about_or_nothing(
    kind: str, thing: dict[str, object], payment: str, refund: str
) -> None:
    raw = of(kind, thing)
    notice = parse(raw, header(raw, NEW), BOTH, AT)
    assert (notice.payment, notice.refund) == (payment, refund)


@pytest.mark.parametrize(
    ("beside", "live", "reason"),
    [
        ({"livemode": True}, False, Mismatch.MODE),
        ({"livemode": False}, True, Mismatch.MODE),
        ({"livemode": "true"}, True, Mismatch.MODE),
        ({"account": "acct_2"}, False, Mismatch.ACCOUNT),
        ({"account": "acct_1"}, False, None),
    ],
)
def test_news_of_another_mode_or_account_is_named_and_not_ours(
    beside: dict[str, object], live: bool, reason: Mismatch | None
) -> None:
    raw = of("payment_intent.succeeded", {"id": "pi_1", "object": "payment_intent"}, **beside)
    notice = parse(raw, header(raw, NEW), BOTH, AT)
    assert foreign(notice, live=live, account="acct_1") is reason


# ── forged ───────────────────────────────────────────────────────────────────────────────────────

SECOND = timedelta(seconds=1)
FORGERIES = {
    "unsigned": (RAW, ""),
    "only a time": (RAW, f"t={int(AT.timestamp())}"),
    "no time": (RAW, f"v1={signature(RAW, NEW)}"),
    "two times": (RAW, f"t=0,{header(RAW, NEW)}"),
    "a second time behind": (RAW, f"{header(RAW, NEW)},t=0"),
    "a time in other digits": (RAW, header(RAW, NEW).replace("t=1", "t=１")),
    "a time before all times": (RAW, header(RAW, NEW).replace("t=", "t=-")),
    "an older scheme only": (RAW, header(RAW, NEW).replace("v1=", "v0=")),
    "an empty signature": (RAW, f"t={int(AT.timestamp())},v1="),
    "half a signature": (RAW, header(RAW, NEW)[:-32]),
    "capital letters": (RAW, header(RAW, NEW).upper().replace("T=", "t=").replace("V1", "v1")),
    "letters that are none": (RAW, f"t={int(AT.timestamp())},v1=ü"),
    "a wrong secret": (RAW, header(RAW, "whsec_guessed")),
    "another endpoint's secret": (RAW, header(RAW, OTHERS)),
    "no secret": (RAW, header(RAW, "")),
    "several, none of them ours": (RAW, header(RAW, OTHERS, "whsec_guessed")),
    "stale": (RAW, header(RAW, NEW, at=AT - FRESH - SECOND)),
    "from the future": (RAW, header(RAW, NEW, at=AT + FRESH + SECOND)),
    "made fresh": (RAW, header(RAW, NEW, at=AT - SECOND).replace(
        str(int(AT.timestamp()) - 1), str(int(AT.timestamp())))),
    "another body": (RAW.replace(b"pi_1", b"pi_2"), header(RAW, NEW)),
    "re-serialised": (json.dumps(json.loads(RAW)).encode(), header(RAW, NEW)),
    "one byte more": (RAW + b"\n", header(RAW, NEW)),
    "cut short": (RAW[:-1], header(RAW, NEW)),
    "empty": (b"", header(RAW, NEW)),
}  # fmt: skip


@pytest.mark.parametrize("forgery", FORGERIES)
def test_no_forgery_is_believed(forgery: str) -> None:
    raw, signed = FORGERIES[forgery]
    with pytest.raises(Forged):
        parse(raw, signed, BOTH, AT)


def test_without_a_secret_nothing_is_believed() -> None:
    for signed in (header(RAW, NEW), header(RAW, ""), ""):
        with pytest.raises(Unset):
            parse(RAW, signed, (), AT)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\xff\xfe",
        b"[]",
        b"null",
        b'"evt_1"',
        b"{}",
        b"[" * 20_000,
        of("payment_intent.succeeded", {}),
        json.dumps({**PAID, "data": None}).encode(),
        json.dumps({**PAID, "data": {"object": []}}).encode(),
        json.dumps({**PAID, "created": "now"}).encode(),
        json.dumps({**PAID, "created": 10**30}).encode(),
    ],
)
def test_what_is_signed_but_no_news_changes_nothing(raw: bytes) -> None:
    with pytest.raises(Forged):
        parse(raw, header(raw, NEW), BOTH, AT)
