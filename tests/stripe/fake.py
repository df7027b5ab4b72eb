"""A small Stripe on loopback: what ``books.py`` keeps, behind a line that can fail in twelve ways.

    with serving() as fake:
        gateway = fake.gateway()                  # or StripeGateway(fake.settings, fake.market, …)
        fake.script(Fault.TIMEOUT_AFTER, on="POST /v1/payment_intents")
        fact = gateway.open(intent)               # raises Unsure, though the payment exists
        fake.pay(fact.external_id)                # what the payer does in the browser
        fake.clock.forward(timedelta(hours=1))
        fake.listener = lambda body, header: client.post(…).status_code
        fake.deliver()                            # signed news; chance=random.Random(1) shuffles

Everything may be called from any thread. Two keys with one idempotency key at the same moment get
the 409 of Stripe; answers are kept under their key for 24 hours of the fake's own time.
"""

import json
import random
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests
import stripe
from werkzeug.serving import make_server
from werkzeug.wrappers import Request, Response

from config import Stripe
from market.payments.stripe_gateway import StripeGateway
from market.payments.stripe_line import closed_line
from tests.stripe import contract
from tests.stripe.books import Books, Clock, No, Thing, invalid
from tests.stripe.faults import AT_THE_SERVER, NEWS, Fault, Script
from tests.stripe.line import PATIENCE, ClientEnd, ServerEnd

KEY, SECRET, OLD_SECRET = "sk_test_fake", "whsec_fake_of_the_suite", "whsec_fake_of_yesterday"
KEPT = timedelta(hours=24)
Told = tuple[int, str]
Listener = Callable[[bytes, str], int]


@dataclass
class Kept:
    """An answer under its key; ``None`` while its request is at work."""

    sent: str
    at: datetime
    answer: Told | None = None


@dataclass
class Fake:
    """The stand-in; its fields may be changed at any time.

    ``works_for`` is how many seconds a request takes, ``searchable_after`` how much of the fake's
    time passes until a search finds what was made. News that ``listener`` does not take waits.
    ``unlike`` must stay empty: where an answer was not of the shape that the library says.
    """

    books: Books = field(default_factory=Books)
    market: str = "market.example"
    address: str = ""
    listener: Listener | None = None
    secrets: tuple[str, ...] = (SECRET,)
    searchable_after: timedelta = timedelta(0)
    works_for: float = 0.0
    calls: list[str] = field(default_factory=list)
    lost: list[Thing] = field(default_factory=list)
    unlike: list[str] = field(default_factory=list)
    _told: int = 0
    _waiting: list[Thing] = field(default_factory=list)
    _script: Script = field(default_factory=Script)
    _kept: dict[str, Kept] = field(default_factory=dict)
    _lock: threading.RLock = field(default_factory=threading.RLock)
    _closing: threading.Event = field(default_factory=threading.Event)

    # ── driving ──────────────────────────────────────────────────────────────────────────────────

    @property
    def clock(self) -> Clock:
        """The fake's own time."""
        return self.books.clock

    @property
    def settings(self) -> Stripe:
        """The settings of a market whose account this is."""
        return Stripe(
            key=KEY,
            publishable_key="pk_test_fake",
            account=self.books.account,
            webhook_secrets=(SECRET, OLD_SECRET),
            api=self.address,
        )

    def gateway(self) -> StripeGateway:
        """The market's own gateway, on a line that can fail."""
        return StripeGateway(self.settings, self.market, self.line())

    def line(self) -> requests.Session:
        """The market's end of the line, which fails as scripted."""
        line = closed_line()
        line.mount(self.address, ClientEnd(self._script))
        return line

    def script(self, fault: Fault, on: str = ".*", times: int = 1) -> None:
        """Let the next requests that fit (``POST /v1/refunds``, a regular expression) go wrong."""
        self._script.add(fault, on, times)

    def script_nothing(self) -> None:
        """What was to go wrong and has not yet will not."""
        self._script.clear()

    @property
    def struck(self) -> bool:
        """Whether something that was to go wrong has."""
        return self._script.struck

    def pay(self, payment: str, card: str = "pm_card_visa") -> str:
        """The payer pays in the browser, with one of Stripe's test cards; gives the status."""
        with self._lock:
            try:
                status = self.books.confirm(payment, card)["status"]
            except No as no:
                status = no.body["error"]["code"]
            return str(status)

    def prove(self, payment: str, *, passed: bool = True) -> str:
        """The payer answers the bank's question; gives the status."""
        with self._lock:
            return str(self.books.authenticate(payment, passed=passed)["status"])

    def dispute(self, payment: str, amount: int | None = None, *, inquiry: bool = False) -> str:
        """The payer's bank takes the money back (an inquiry only asks); gives the dispute's id."""
        with self._lock:
            return str(self.books.dispute(payment, amount, inquiry=inquiry)["id"])

    def decide(self, dispute: str, *, won: bool) -> None:
        """The payer's bank decides."""
        with self._lock:
            self.books.decide(dispute, won=won)

    def settle_refund(self, refund: str, *, arrived: bool) -> None:
        """The payer's bank takes a refund or sends it back."""
        with self._lock:
            self.books.settle_refund(refund, arrived=arrived)

    @property
    def news(self) -> list[Thing]:
        """What happened and was neither delivered nor lost yet, oldest first."""
        with self._lock:
            self._waiting += self.books.events[self._told :]
            self._told = len(self.books.events)
            return self._waiting

    def deliver(self, chance: random.Random | None = None) -> list[int]:
        """Send all news; ``chance`` shuffles it and sends some twice. What is not taken waits."""
        with self._lock:
            sending, self._waiting = [*self.news], []
        if chance is not None:
            sending += chance.choices(sending, k=len(sending) // 2) if sending else []
            chance.shuffle(sending)
        return [self._send(event) for event in sending]

    def lose(self) -> int:
        """All news that waits is lost; gives how much that was."""
        with self._lock:
            gone, self._waiting = [*self.news], []
            self.lost += gone
            return len(gone)

    def signed(
        self, event: Thing, secret: str = "", at: datetime | None = None
    ) -> tuple[bytes, str]:
        """A body and its signature header, as Stripe sends them."""
        body = json.dumps(event, indent=2)
        stamp = self.clock.stamp if at is None else int(at.timestamp())
        headers = [
            stripe.WebhookSignature.generate_signature_header(body, each, stamp)
            for each in ([secret] if secret else self.secrets)
        ]
        others = [header.partition(",")[2] for header in headers[1:]]
        return body.encode(), ",".join([headers[0], *others])

    def _send(self, event: Thing) -> int:
        assert self.listener is not None, "nobody listens for news"
        status = self.listener(*self.signed(event))
        if not 200 <= status < 300:
            with self._lock:
                self._waiting.append(event)
        return status

    # ── answering ────────────────────────────────────────────────────────────────────────────────

    def __call__(self, environ: Any, start: Any) -> Any:
        """Answer one request."""
        request = Request(environ)
        if request.path in BROWSER:
            return self._browse(request)(environ, start)
        name = f"{request.method} {request.path}"
        with self._lock:
            self.calls.append(name)
        fault = self._script.due(name, AT_THE_SERVER)
        if fault is Fault.TIMEOUT_BEFORE:
            return self._stall(environ, start)
        if fault in REFUSALS:
            return _answer(*REFUSALS[fault])(environ, start)
        (status, body), replayed, fresh = self._once(request, fault)
        self._ring(fault, fresh)
        if fault is Fault.TIMEOUT_AFTER:
            return self._stall(environ, start)
        if fault is Fault.RESET:
            environ["fake.reset"](body)
        return _answer(status, body, replayed=replayed)(environ, start)

    def _once(self, request: Request, fault: Fault | None) -> tuple[Told, bool, list[Thing]]:
        """Carry a request out, or repeat the answer kept under its key; and the news of it."""
        key = request.headers.get("Idempotency-Key", "") if request.method == "POST" else ""
        sent = f"{request.path}?{request.get_data(as_text=True)}"
        with self._lock:
            kept = self._kept.get(key)
            if kept is not None and self.clock.now - kept.at < KEPT:
                if kept.sent != sent:
                    return _told(OTHER_BODY), False, []
                return kept.answer or _told(AT_WORK), kept.answer is not None, []
            if key:
                self._kept[key] = Kept(sent, self.clock.now)
        self._closing.wait(self.works_for)
        with self._lock:
            before = len(self.books.events)
            answer = self._carry_out(request)
            if fault is Fault.STORED_500:
                answer = 500, json.dumps(BROKEN)
            if key:
                self._kept[key].answer = answer
            return answer, False, self.books.events[before:]

    def _carry_out(self, request: Request) -> Told:
        try:
            if request.authorization is None or request.authorization.token != KEY:
                raise No(401, "invalid_request_error", "api_key_invalid")
            pattern, names = _pattern(request.method, request.path)
            query = urlsplit(request.url).query
            form = contract.nested(request.get_data(as_text=True) or query)
            faults = list(contract.faults_of_request(contract.REQUESTS[pattern], form))
            if faults:
                raise invalid("parameter_unknown", "; ".join(faults))
            answer = self._expanded(self._route(pattern, names, form), form)
            self._hold_to_contract(answer)
            return 200, json.dumps(answer)
        except No as no:
            return _told(no)

    def _hold_to_contract(self, answer: Thing) -> None:
        """What the fake says has the shape that the library's classes say, or the test fails."""
        for each in answer.get("data", [answer]):
            self.unlike += contract.faults_of_answer(contract.ANSWERS[each["object"]], each)

    def _route(self, pattern: tuple[str, str], thing: str, form: Thing) -> Thing:
        books = self.books
        match pattern:
            case ("GET", "/v1/account"):
                return _account(books.account)
            case ("POST", "/v1/payment_intents"):
                return books.create_payment(form)
            case ("POST", "/v1/payment_intents/{id}/confirm"):
                return books.confirm(thing, form.get("payment_method"))
            case ("POST", "/v1/payment_intents/{id}/capture"):
                amount = form.get("amount_to_capture")
                return books.capture(thing, None if amount is None else int(amount))
            case ("POST", "/v1/payment_intents/{id}/cancel"):
                return books.cancel(thing, form.get("cancellation_reason"))
            case ("GET", "/v1/payment_intents/search"):
                return self._search(form["query"])
            case ("POST", "/v1/refunds"):
                return books.refund(form)
            case ("GET", "/v1/events/{id}"):
                return next(each for each in books.events if each["id"] == thing)
            case ("GET", "/v1/events"):
                return _page([*reversed(books.events)], form, pattern[1])
            case ("GET", path):
                kind = path.split("/")[2].removesuffix("s")
                return books.get(kind, thing) if thing else _page(books.all(kind), form, path)
        raise AssertionError(pattern)

    def _search(self, query: str) -> Thing:
        wanted = dict(re.findall(r"metadata\['(\w+)'\]:'((?:[^'\\]|\\.)*)'", query))
        plain = {name: re.sub(r"\\(.)", r"\1", value) for name, value in wanted.items()}
        until = self.clock.stamp - int(self.searchable_after.total_seconds())
        found = [
            each
            for each in self.books.all("payment_intent")
            if plain.items() <= each["metadata"].items() and each["created"] <= until
        ]
        return {"object": "search_result", "url": "/v1/payment_intents/search"} | {
            "data": found,
            "has_more": False,
            "next_page": None,
        }

    def _expanded(self, thing: Thing, form: Thing) -> Thing:
        """The things that were asked for whole, in the place of their ids."""
        whole = json.loads(json.dumps(thing))
        for path in form.get("expand", []):
            if path.startswith("data."):
                for each in whole["data"]:
                    self._expand(each, path.removeprefix("data."))
            else:
                self._expand(whole, path)
        return dict(whole)

    def _expand(self, thing: Thing, name: str) -> None:
        if isinstance(thing.get(name), str):
            thing[name] = self.books.things[thing[name]]

    def _ring(self, fault: Fault | None, fresh: list[Thing]) -> None:
        """What a scripted fault does to the news of this request."""
        if fault not in NEWS:
            return
        with self._lock:
            self._waiting = [each for each in self.news if each not in fresh]
            if fault is Fault.NEWS_LOST:
                self.lost += fresh
            elif fault is Fault.NEWS_DOUBLED:
                self._waiting += [*reversed(fresh), *reversed(fresh)]
        if fault is Fault.NEWS_FIRST:
            for event in fresh:
                self._send(event)

    def _browse(self, request: Request) -> Response:
        """What Stripe's script asks from the payer's browser, who knows one payment's secret."""
        if request.method == "GET":
            script = Path(__file__).with_name("browser.js").read_text(encoding="utf-8")
            return Response(script, mimetype="text/javascript")
        with self._lock:
            try:
                secret = request.form["client_secret"]
                payment = secret.partition("_secret_")[0]
                if self.books.get("payment_intent", payment)["client_secret"] != secret:
                    raise No(401, "invalid_request_error", "secret_invalid")
                self.books.confirm(payment, request.form["payment_method"])
                status, body = 200, "{}"
            except No as no:
                status, body = _told(no)
        answer = _answer(status, body)
        answer.headers["Access-Control-Allow-Origin"] = "*"
        return answer

    def _stall(self, environ: Any, start: Any) -> Any:
        """Say nothing for longer than anybody waits."""
        self._closing.wait(PATIENCE * 2)
        return Response("", 504)(environ, start)


BROWSER = ("/js/stripe.js", "/browser/confirm")
BROKEN = {"error": {"type": "api_error", "message": "An unknown error occurred"}}
OTHER_BODY = No(400, "idempotency_error", "idempotency_error", "same key, other parameters")
AT_WORK = No(409, "invalid_request_error", "idempotency_key_in_use")
RATE = No(429, "invalid_request_error", "rate_limit")


def _told(no: No) -> Told:
    return no.status, json.dumps(no.body)


REFUSALS: dict[Fault | None, Told] = {
    Fault.TOO_MANY: _told(RATE),
    Fault.CONCURRENT: _told(AT_WORK),
}


def _answer(status: int, body: str, *, replayed: bool = False) -> Response:
    answer = Response(body, status, mimetype="application/json")
    answer.headers["Request-Id"] = "req_fake"
    if replayed:
        answer.headers["Idempotent-Replayed"] = "true"
    return answer


def _pattern(method: str, path: str) -> tuple[tuple[str, str], str]:
    """The pattern of a path, and the id in it."""
    for known, pattern in contract.REQUESTS:
        names = re.fullmatch(pattern.replace("{id}", r"(\w+)"), path)
        if known == method and names is not None:
            return (known, pattern), "".join(names.groups())
    raise No(404, "invalid_request_error", "resource_missing", "Unrecognized request URL")


def _page(things: list[Thing], form: Thing, path: str) -> Thing:
    """A page of a list, newest first."""
    for name in ("payment_intent", "charge", "source", "type"):
        if name in form:
            things = [each for each in things if each.get(name) == form[name]]
    if isinstance(form.get("created"), dict):
        since = int(form["created"].get("gte", 0))
        things = [each for each in things if each["created"] >= since]
    if "starting_after" in form:
        ids = [each["id"] for each in things]
        things = things[ids.index(form["starting_after"]) + 1 :]
    limit = int(form.get("limit", 10))
    more = len(things) > limit
    return {"object": "list", "url": path, "data": things[:limit], "has_more": more}


def _account(account: str) -> Thing:
    return {"id": account, "object": "account", "type": "standard"}


@contextmanager
def serving(books: Books | None = None) -> Iterator[Fake]:
    """A fake that answers on loopback until the block ends."""
    fake = Fake(books or Books())
    server = make_server("127.0.0.1", 0, fake, threaded=True, request_handler=ServerEnd)
    fake.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield fake
    finally:
        fake._closing.set()
        server.shutdown()
        thread.join()
        server.server_close()
    assert not fake.unlike, fake.unlike
