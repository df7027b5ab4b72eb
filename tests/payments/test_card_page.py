"""The payment page: what it may load, what it carries, and a payment made on it in a browser."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask import Blueprint, Flask, Response, make_response, render_template
from playwright.sync_api import Browser, Page

from config import Stripe
from market.guards import policy
from market.kernel.authority import SEE_PUBLIC
from market.kernel.money import Money
from market.kernel.policy import POLICY
from market.payments.card_page import widened
from market.payments.gateways import Capture, Fact, Intent, Stage
from tests.browser.chromium import chromium, serving
from tests.engines import ROOT
from tests.legs import need_chromium
from tests.stripe import fake as stripe_fake
from tests.stripe.fake import Fake

REAL = Stripe(key="sk_test_secret", publishable_key="pk_test_open", account="acct_1")
ASKED = Intent("payment-1", Money(500_00), "CZX-1", Capture.AT_ONCE, "Deposit", "")
BACK = "/payments/1?redirect_status=succeeded"
one_engine = pytest.mark.parametrize("kit", ["sqlite"], indirect=True)


def parts(policy: str) -> dict[str, list[str]]:
    return {name: rest for name, *rest in (part.split() for part in policy.split(";"))}


def test_the_payment_page_alone_names_stripes_hosts() -> None:
    wider, usual = parts(widened(POLICY, REAL)), parts(POLICY)
    assert wider["script-src"] == ["'self'", "https://js.stripe.com", "https://*.js.stripe.com"]
    assert wider["connect-src"] == ["'self'", "https://api.stripe.com"]
    frames = ["https://js.stripe.com", "https://hooks.stripe.com", "https://*.js.stripe.com"]
    assert wider["frame-src"] == frames
    changed = {"script-src", "connect-src", "frame-src"}
    assert {name: wider[name] for name in usual if name not in changed} == {
        name: usual[name] for name in usual if name not in changed
    }
    assert "unsafe" not in widened(POLICY, REAL)


def test_another_script_widens_the_policy_by_its_own_host_only() -> None:
    near = replace(REAL, js="http://127.0.0.1:9/js/stripe.js", api="http://127.0.0.1:9")
    assert "*" not in widened(POLICY, near)
    assert parts(widened(POLICY, near))["script-src"] == ["'self'", "http://127.0.0.1:9"]


def test_the_page_holds_no_script_of_its_own_and_no_secret_key() -> None:
    page = Path(ROOT / "market/payments/templates/payments/card.html").read_text(encoding="utf-8")
    scripts = re.findall(r"<script[^>]*>(.*?)</script>", page, re.DOTALL)
    assert scripts == ["", ""]
    assert "stripe.key" not in page


# ── in a browser ─────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium(need_chromium()) as opened:
        yield opened


@pytest.fixture
def fake() -> Iterator[Fake]:
    with stripe_fake.serving() as fake:
        yield fake


def show(app: Flask, fact: Fact, stripe: Stripe) -> None:
    """Give the application a page that shows the card page, as the market's own view does."""
    pages = Blueprint("cards", __name__, template_folder=ROOT / "market/payments/templates")

    def card() -> Response:
        values = {"fact": fact, "stripe": stripe, "words": "Deposit", "return_url": BACK}
        page = render_template("payments/card.html", **values, back_url="/", bank_url="/bank")
        answer = make_response(page)
        answer.headers["Content-Security-Policy"] = widened(policy(), stripe)
        return answer

    def back() -> str:
        return "back again"

    views: dict[str, Any] = {"/card": card, "/payments/1": back}
    for path, view in views.items():
        view.act = SEE_PUBLIC
        pages.add_url_rule(path, view.__name__, view)
    app.register_blueprint(pages)


@pytest.fixture
def visit(
    app: Flask, browser: Browser, fake: Fake
) -> Iterator[Callable[[Fact, Stripe], tuple[Page, list[str]]]]:
    def visiting(fact: Fact, stripe: Stripe) -> tuple[Page, list[str]]:
        show(app, fact, stripe)
        heard: list[str] = []
        page = browser.new_page()
        page.on("console", lambda message: heard.append(message.text))
        page.on("pageerror", lambda error: heard.append(str(error)))
        page.goto(f"{address}/card")
        return page, heard

    with serving(app) as address:
        yield visiting


@one_engine
@pytest.mark.browser
def test_a_payer_pays_on_the_page_and_comes_back(
    fake: Fake, visit: Callable[[Fact, Stripe], tuple[Page, list[str]]]
) -> None:
    gateway = fake.gateway()
    opened = gateway.open(ASKED)
    page, heard = visit(opened, replace(fake.settings, js=f"{fake.address}/js/stripe.js"))
    page.get_by_label("Test card").fill("pm_card_chargeDeclined")
    page.locator("#card button").click()
    page.get_by_text("Your card was declined.").wait_for()
    assert gateway.look(opened.external_id).stage is Stage.ACTION
    page.get_by_label("Test card").fill("pm_card_visa")
    page.locator("#card button").click()
    page.get_by_text("back again").wait_for()
    assert page.url.endswith(BACK)
    assert gateway.look(opened.external_id).received == ASKED.amount
    assert [each for each in heard if "Failed to load resource" not in each] == []


@one_engine
@pytest.mark.browser
def test_a_script_that_does_not_come_is_said_and_nothing_is_paid(
    fake: Fake, visit: Callable[[Fact, Stripe], tuple[Page, list[str]]]
) -> None:
    opened = fake.gateway().open(ASKED)
    page, _ = visit(opened, replace(fake.settings, js=f"{fake.address}/js/nothing.js"))
    page.get_by_role("alert").wait_for()
    assert page.locator("#card").is_hidden()
    assert page.get_by_role("link", name="改用银行转账付款").is_visible()


@one_engine
@pytest.mark.browser
def test_without_javascript_the_page_leads_to_a_bank_transfer(
    app: Flask, browser: Browser, fake: Fake
) -> None:
    show(app, fake.gateway().open(ASKED), fake.settings)
    page = browser.new_context(java_script_enabled=False).new_page()
    with serving(app) as address:
        page.goto(f"{address}/card")
        assert page.get_by_text("需要 JavaScript").is_visible()
        assert page.locator("#card").is_hidden()
