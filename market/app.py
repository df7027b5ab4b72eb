"""The composition root: the one place that knows everything, and it is short."""

import secrets
import threading
from typing import Any
from urllib.parse import urlsplit

import click
from flask import Flask, Response, current_app, request, session
from flask_babel import get_locale
from flask_bootstrap import Bootstrap5
from flask_login import LoginManager, current_user
from flask_wtf import CSRFProtect
from jinja2 import StrictUndefined
from sqlalchemy.exc import DBAPIError, OperationalError
from werkzeug.middleware.proxy_fix import ProxyFix

from config import ConfigError, Settings
from market import acts
from market.accounts import views as accounts
from market.accounts.limits import FOR_OTHERS
from market.accounts.passwords import Passwords
from market.accounts.queries import find_sign_in, get_user
from market.accounts.sessions import SignedIn, is_overdue
from market.accounts.tickets import digest
from market.bank import views as bank
from market.contracts import views as contracts
from market.deals import views as deals
from market.demo import cli as demo_cli
from market.demo import views as demo
from market.demo.guard import refuse_demo_world
from market.desk import views as desk
from market.factors import cli as factors_cli
from market.factors import views as factors
from market.guards import (
    IdConverter,
    carry_out,
    guard_answer,
    hold_against_table,
    init_errors,
    intent_of_request,
    meet,
    refuse_malformed,
    refuse_unguarded,
)
from market.identities import views as identities
from market.identities.gateway import Gateway, OpenIdGateway
from market.inbox import cli as inbox_cli
from market.inbox import views as inbox
from market.inbox.queries import unread
from market.kernel import cli as kernel_cli
from market.kernel.authority import NOBODY, Role
from market.kernel.clock import now
from market.kernel.db import Database, reading, worth_retrying
from market.kernel.i18n import DEFAULT_LANGUAGE, LANGUAGES, init_i18n
from market.kernel.mailers import FolderMailer, SmtpMailer, address_of, url_fault
from market.kernel.outbox import Post
from market.kernel.sealing import Sealer
from market.listings import cli as listings_cli
from market.listings import views as listings
from market.listings.search import WhooshIndex
from market.negotiation import views as negotiation
from market.parties import views as parties
from market.parties.queries import find_actor
from market.payments import cli as payments_cli
from market.payments import paying_views
from market.payments import views as payments
from market.payments.asking import Counter
from market.payments.gateways import Channel
from market.payments.gateways import Gateway as PayGateway
from market.payments.play import PlayGateway
from market.payments.stripe_gateway import StripeGateway
from market.places import views as places
from market.record import cli as record_cli
from market.record import views as record
from market.registry import views as registry
from market.rulebook import views as rulebook
from market.turnover import views as turnover

BLUEPRINTS = (
    desk.bp,
    record.bp,
    places.bp,
    accounts.bp,
    factors.bp,
    identities.bp,
    parties.bp,
    rulebook.bp,
    payments.bp,
    bank.bp,
    listings.bp,
    deals.bp,
    negotiation.bp,
    contracts.bp,
    registry.bp,
    turnover.bp,
    inbox.bp,
)
COMMAND_GROUPS = (
    kernel_cli.journal,
    kernel_cli.schema,
    record_cli.accounts,
    factors_cli.factors,
    payments_cli.payments,
    listings_cli.listings,
    inbox_cli.inbox,
    demo_cli.demo,
)
TRIES = 5


class Stranger:
    """Somebody who has not signed in."""

    is_authenticated = is_active = False
    is_anonymous = True
    actor = NOBODY

    def get_id(self) -> None:
        """A stranger has no id."""


class Market(Flask):
    """Flask, carrying out each form once and running a request again where that would help.

    A request holds one transaction and nothing else happens before it commits, so running it again
    (40001, 40P01) is running the whole transaction again.
    """

    def dispatch_request(self) -> Any:
        """Answer the request, in a handful of tries."""
        intent = intent_of_request()
        for last in (*[False] * (TRIES - 1), True):
            try:
                if intent is None:
                    return super().dispatch_request()
                return carry_out(intent, super().dispatch_request)
            except DBAPIError as error:
                if last or not worth_retrying(error):
                    raise
        raise AssertionError("unreachable")


def create_app(settings: Settings) -> Flask:
    """The market, put together; refuses to start where a promise would not hold."""
    app = Market("market", template_folder="templates", static_folder="static")
    settings.instance.mkdir(parents=True, exist_ok=True)
    _configure(app, settings)
    database = Database(settings.database_url)
    if not settings.testing:
        database.refuse_unless_durable()
    if settings.production:
        _refuse_demo(database)
    app.extensions["market.database"] = database
    app.extensions["market.settings"] = settings
    app.extensions["market.passwords"] = Passwords(settings.password_cost)
    app.extensions["market.sealer"] = Sealer(settings.secret_key)
    app.extensions["market.provider"] = _provider(settings)
    app.extensions["market.counter"] = _counter(database, settings)
    app.extensions["market.search"] = WhooshIndex(settings.instance / "search")
    app.extensions["market.post"] = _post(settings)
    app.extensions["market.bell"] = threading.Event()
    Bootstrap5(app)
    if settings.proxies:
        hops = settings.proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops)  # type: ignore[method-assign]
    app.before_request(refuse_malformed)  # first: who reads the form uses up its bytes
    csrf = CSRFProtect(app)
    init_i18n(app, _language)
    _init_login(app)
    app.url_map.converters["int"] = IdConverter  # before the routes that name it
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    if settings.demo:
        app.register_blueprint(demo.bp)
    csrf.exempt(paying_views.notice)  # signed by who sends it, and nobody's session is asked
    for group in COMMAND_GROUPS:
        app.cli.add_command(group)
    app.cli.add_command(_acts)
    app.before_request(meet)
    app.before_request(hold_against_table)
    app.after_request(guard_answer)
    app.after_request(_ring)
    app.context_processor(_page_values)
    init_errors(app)
    refuse_unguarded(app)
    return app


def _provider(settings: Settings) -> Gateway | None:
    back = settings.base_url + identities.WAY_BACK
    return OpenIdGateway(settings.openid, back) if settings.openid else None


def _counter(database: Database, settings: Settings) -> Counter:
    """The gateways by which people may pay here; play money in the demo world only."""
    gateways: dict[Channel, PayGateway] = {}
    if settings.stripe is not None:
        market = str(urlsplit(settings.base_url).hostname)
        gateways[Channel.STRIPE] = StripeGateway(settings.stripe, market)
    if settings.demo:
        gateways[Channel.PLAY] = PlayGateway()
    return Counter(database, gateways, settings.base_url, now)


def _refuse_demo(database: Database) -> None:
    try:
        with database.reading() as s:
            refuse_demo_world(s)
    except ConfigError:
        database.dispose()
        raise


def _post(settings: Settings) -> Post:
    """Where letters leave: the mail server of the settings, or a folder where nothing is sent."""
    host = urlsplit(settings.base_url).hostname
    sender = settings.mail_from or f"market@{host}"
    try:
        address_of(sender)
    except ValueError as error:
        raise ConfigError(f"MARKET_MAIL_FROM: {error}") from error
    if not settings.smtp_url:
        return Post(FolderMailer(settings.instance / "mail"), sender)
    fault = url_fault(settings.smtp_url)
    if fault is not None:
        raise ConfigError(f"MARKET_SMTP_URL: {fault}")
    return Post(SmtpMailer(settings.smtp_url), sender)


def _ring(response: Response) -> Response:
    """Somebody did something: whoever waits for news of it need not wait for the next minute."""
    if request.method == "POST" and response.status_code < 400:
        current_app.extensions["market.bell"].set()
    return response


def _unread() -> int:
    """How many messages wait to be read; none where the database does not answer just now."""
    try:
        with reading() as s:
            return unread(s, current_user.actor)
    except OperationalError:
        return 0


def _configure(app: Flask, settings: Settings) -> None:
    app.config.update(
        SECRET_KEY=settings.secret_key,
        TRUSTED_HOSTS=[urlsplit(settings.base_url).hostname] if settings.production else None,
        TESTING=settings.testing,
        MAX_CONTENT_LENGTH=2**20,
        MAX_FORM_MEMORY_SIZE=2**20,
        MAX_FORM_PARTS=500,
        SESSION_COOKIE_NAME="__Host-market" if settings.production else "market",
        SESSION_COOKIE_SECURE=settings.production,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        PERMANENT_SESSION_LIFETIME=FOR_OTHERS.absolute,
        SESSION_REFRESH_EACH_REQUEST=False,  # or a late answer puts an old secret before a new one
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_CHECK_DEFAULT=True,
        BOOTSTRAP_SERVE_LOCAL=True,
    )
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.globals["once_key"] = lambda: secrets.token_urlsafe(16)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True


def _init_login(app: Flask) -> None:
    manager = LoginManager(app)
    manager.anonymous_user = Stranger
    manager.session_protection = None  # the server keeps the sessions

    @manager.user_loader
    def load(secret: str) -> SignedIn | None:
        with reading() as s:
            kept = find_sign_in(s, digest(secret), now())
            if kept is None:
                return None
            actor = find_actor(
                s, kept.user_id, kept.party_id, factor=kept.factor, case_no=kept.case_no
            )
            if actor.user_id is None:
                return None
            overdue = is_overdue(get_user(s, kept.user_id), now())
            return SignedIn(actor, kept, secret, overdue=overdue)


def _language() -> str:
    chosen = str(session.get("language", DEFAULT_LANGUAGE))
    return chosen if chosen in LANGUAGES else DEFAULT_LANGUAGE


def _page_values() -> dict[str, object]:
    settings = current_app.extensions["market.settings"]
    return {
        "actor": current_user.actor,
        "roles": Role,
        "demo": settings.demo,
        "provider": settings.openid.name if settings.openid else "",
        "languages": LANGUAGES,
        "unread": _unread,
        "language": str(get_locale()),
    }


@click.command("acts")
def _acts() -> None:
    """Print the table of authority (docs/acts.md)."""
    click.echo(acts.page(), nl=False)
