"""Stripe's own types as the contract: the library generates them from Stripe's specification.

``faults_of_request`` walks a form as it came over the line through the type of its parameters;
``faults_of_answer`` walks an answer through the library's class for it. Both name each fault by its
path. Enums are open in the library (``Literal[…] | str``); here only the listed values are good.
"""

import re
import sys
from collections.abc import Iterator
from functools import cache
from types import NoneType, UnionType
from typing import (
    Any,
    ClassVar,
    ForwardRef,
    Literal,
    NotRequired,
    Union,
    get_args,
    get_origin,
    get_type_hints,
)
from urllib.parse import parse_qsl

import stripe
from stripe import params

Form = dict[str, Any]
UNIONS = (Union, UnionType)

REQUESTS: dict[tuple[str, str], Any] = {
    ("GET", "/v1/account"): params.AccountRetrieveCurrentParams,
    ("POST", "/v1/payment_intents"): params.PaymentIntentCreateParams,
    ("GET", "/v1/payment_intents"): params.PaymentIntentListParams,
    ("GET", "/v1/payment_intents/search"): params.PaymentIntentSearchParams,
    ("GET", "/v1/payment_intents/{id}"): params.PaymentIntentRetrieveParams,
    ("POST", "/v1/payment_intents/{id}/confirm"): params.PaymentIntentConfirmParams,
    ("POST", "/v1/payment_intents/{id}/capture"): params.PaymentIntentCaptureParams,
    ("POST", "/v1/payment_intents/{id}/cancel"): params.PaymentIntentCancelParams,
    ("GET", "/v1/charges/{id}"): params.ChargeRetrieveParams,
    ("POST", "/v1/refunds"): params.RefundCreateParams,
    ("GET", "/v1/refunds"): params.RefundListParams,
    ("GET", "/v1/refunds/{id}"): params.RefundRetrieveParams,
    ("GET", "/v1/disputes"): params.DisputeListParams,
    ("GET", "/v1/disputes/{id}"): params.DisputeRetrieveParams,
    ("GET", "/v1/balance_transactions"): params.BalanceTransactionListParams,
    ("GET", "/v1/balance_transactions/{id}"): params.BalanceTransactionRetrieveParams,
    ("GET", "/v1/events"): params.EventListParams,
    ("GET", "/v1/events/{id}"): params.EventRetrieveParams,
}
"""Every request that is understood, by its pattern: one of ``PATTERNS`` matches the path."""

ANSWERS: dict[str, Any] = {
    "account": stripe.Account,
    "payment_intent": stripe.PaymentIntent,
    "charge": stripe.Charge,
    "refund": stripe.Refund,
    "dispute": stripe.Dispute,
    "balance_transaction": stripe.BalanceTransaction,
    "event": stripe.Event,
}
"""The library's class of each kind of object that comes back."""

# ── requests ─────────────────────────────────────────────────────────────────────────────────────


def nested(body: str) -> Form:
    """A form as Stripe reads it: ``a[b][0]=1`` is ``{"a": {"b": ["1"]}}``."""
    tree: Form = {}
    for name, value in parse_qsl(body, keep_blank_values=True, strict_parsing=bool(body)):
        first, *rest = re.findall(r"[^\[\]]+", name)
        place, key = tree, first
        for part in rest:
            place = place.setdefault(key, {})
            key = part
        place[key] = value
    return {name: _listed(value) for name, value in tree.items()}


def faults_of_request(kind: Any, form: Form, path: str = "") -> Iterator[str]:
    """Where a form is not what the type of its parameters says."""
    hints = _hints(kind)
    for name in sorted(kind.__required_keys__ - form.keys()):
        yield f"{path}{name}: missing"
    for name, value in form.items():
        if name not in hints:
            yield f"{path}{name}: unknown"
        elif not _takes(hints[name], value):
            deeper = [each for each in _options(hints[name]) if _is_form(each)]
            told = [
                list(faults_of_request(each, value, f"{path}{name}."))
                for each in deeper
                if isinstance(value, dict)
            ]
            yield from min(told, key=len) if told else [f"{path}{name}: {value!r} is not taken"]


def _takes(hint: Any, value: Any) -> bool:
    options = list(_options(hint))
    literals = [each for each in options if get_origin(each) is Literal]
    if any(value in get_args(each) for each in literals):
        return True
    named = any(get_args(each) != ("",) for each in literals)
    return any(_takes_one(each, value) for each in options if not (each is str and named))


def _takes_one(hint: Any, value: Any) -> bool:
    if hint is bool:
        return value in ("true", "false")
    if hint is int:
        return isinstance(value, str) and re.fullmatch(r"-?\d+", value, re.ASCII) is not None
    if hint is str:
        return isinstance(value, str)
    if get_origin(hint) is list:
        return isinstance(value, list) and all(_takes(get_args(hint)[0], each) for each in value)
    if get_origin(hint) is dict:
        return isinstance(value, dict) and all(isinstance(each, str) for each in value.values())
    if _is_form(hint):
        return isinstance(value, dict) and not list(faults_of_request(hint, value))
    return False


def _is_form(hint: Any) -> bool:
    return hasattr(hint, "__required_keys__")


@cache
def _hints(kind: Any) -> dict[str, Any]:
    """The types of a form's fields, but for what the library keeps beside them for itself."""
    options = set(stripe.RequestOptions.__annotations__)
    own = {name: hint for name, hint in kind.__annotations__.items() if name not in options}
    holder = type(kind.__name__, (), {"__annotations__": own})
    return get_type_hints(holder, globalns=vars(sys.modules[kind.__module__]))


def _listed(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    whole = {name: _listed(each) for name, each in value.items()}
    return list(whole.values()) if all(name.isdigit() for name in whole) else whole


# ── answers ──────────────────────────────────────────────────────────────────────────────────────


def faults_of_answer(kind: Any, value: Any, path: str = "") -> Iterator[str]:
    """Where an answer is not what the library's class says, nested objects too."""
    if not isinstance(value, dict):
        yield f"{path or kind.__name__}: not an object"
        return
    for name, hint in kind.__annotations__.items():
        if get_origin(hint) is ClassVar:
            continue
        options = list(_options(hint, kind))
        if name not in value:
            if NoneType not in options:
                yield f"{path}{name}: missing"
        elif value[name] is None:
            if NoneType not in options:
                yield f"{path}{name}: null"
        else:
            yield from _faults_of_part(options, value[name], f"{path}{name}")


def _faults_of_part(options: list[Any], value: Any, path: str) -> Iterator[str]:
    literals = [word for each in options if get_origin(each) is Literal for word in get_args(each)]
    objects = [each for each in options if _is_object(each)]
    if literals and isinstance(value, str):
        if value not in literals:
            yield f"{path}: {value!r} is no such word"
    elif isinstance(value, dict) and objects:
        said = str(value.get("object"))
        named = [each for each in objects if getattr(each, "OBJECT_NAME", None) == said]
        kind = named[0] if named else ANSWERS.get(said, objects[0])
        yield from faults_of_answer(kind, value, f"{path}.")
    elif isinstance(value, list):
        for hint in (each for each in options if get_origin(each) is list):
            inner = list(_options(get_args(hint)[0]))
            for place, each in enumerate(value):
                yield from _faults_of_part(inner, each, f"{path}[{place}]")
    else:
        plain = {each for each in options if each in (int, str, bool, float)}
        if plain and type(value) not in plain:
            yield f"{path}: {value!r} is no {' or '.join(each.__name__ for each in plain)}"


def _is_object(hint: Any) -> bool:
    return isinstance(hint, type) and issubclass(hint, stripe.StripeObject)


# ── both ─────────────────────────────────────────────────────────────────────────────────────────


def _options(hint: Any, home: Any = None) -> Iterator[Any]:
    """What a hint allows, unions taken apart and names written as text looked up."""
    if isinstance(hint, ForwardRef):
        hint = hint.__forward_arg__
    if isinstance(hint, str):
        hint = _named(hint, home)
    if get_origin(hint) in (*UNIONS, NotRequired):
        for each in get_args(hint):
            yield from _options(each, home)
    elif hint is not None:
        yield hint


def _named(name: str, home: Any) -> Any:
    parts = name.replace('"', "").split(".")
    found: Any = getattr(home, parts[0], None) or getattr(stripe, parts[0], None)
    for part in parts[1:]:
        found = getattr(found, part, None)
    return found
