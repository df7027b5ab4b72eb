"""The composition root: the one place that knows everything, and it is short."""

from datetime import timedelta
from typing import Any
from urllib.parse import unquote_to_bytes

import click
from flask import (
    Flask,
    Response,
    current_app,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask_babel import get_locale, gettext
from flask_bootstrap import Bootstrap5
from flask_login import LoginManager, current_user
from flask_wtf import CSRFProtect
from jinja2 import StrictUndefined
from sqlalchemy.exc import DBAPIError, OperationalError
from werkzeug.exceptions import BadRequest, HTTPException

from config import ConfigError, Settings
from market import acts
from market.accounts import cli as accounts_cli
from market.accounts import views as accounts
from market.accounts.passwords import Passwords
from market.accounts.queries import find_actor
from market.accounts.rules import SEE_PUBLIC
from market.accounts.sessions import SignedIn
from market.contracts import views as contracts
from market.deals import views as deals
from market.demo import cli as demo_cli
from market.demo.guard import refuse_demo_world
from market.desk import views as desk
from market.kernel import cli as kernel_cli
from market.kernel.authority import NOBODY, Act, Role, WhoRefusal
from market.kernel.db import Database, Missing, reading, worth_retrying
from market.kernel.i18n import DEFAULT_LANGUAGE, LANGUAGES, init_i18n, refused
from market.kernel.refusal import Refused
from market.listings import cli as listings_cli
from market.listings import views as listings
from market.listings.search import WhooshIndex
from market.negotiation import views as negotiation
from market.registry import views as registry
from market.rulebook import views as rulebook
from market.turnover import views as turnover

BLUEPRINTS = (
    desk.bp,
    accounts.bp,
    rulebook.bp,
    listings.bp,
    deals.bp,
    negotiation.bp,
    contracts.bp,
    registry.bp,
    turnover.bp,
)
COMMAND_GROUPS = (
    kernel_cli.journal,
    kernel_cli.schema,
    accounts_cli.accounts,
    listings_cli.listings,
    demo_cli.demo,
)
TRIES = 5
STATIC = ("static", "bootstrap.static")
POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "script-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)


class UnguardedRoute(RuntimeError):
    """A route names no act, so nobody decided who may use it."""


class Stranger:
    """Somebody who has not signed in."""

    is_authenticated = is_active = False
    is_anonymous = True
    actor = NOBODY

    def get_id(self) -> None:
        """A stranger has no id."""


class Market(Flask):
    """Flask, running a request again where the database says that would help (40001, 40P01).

    A request holds one transaction and nothing else happens before it commits, so running it again
    is running the whole transaction again.
    """

    def dispatch_request(self) -> Any:
        """Answer the request, in a handful of tries."""
        for last in (*[False] * (TRIES - 1), True):
            try:
                return super().dispatch_request()
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
    app.extensions["market.search"] = WhooshIndex(settings.instance / "search")
    Bootstrap5(app)
    app.before_request(_refuse_malformed)  # first: who reads the form uses up its bytes
    CSRFProtect(app)
    init_i18n(app, _language)
    _init_login(app)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    for group in COMMAND_GROUPS:
        app.cli.add_command(group)
    app.cli.add_command(_acts)
    app.before_request(_hold_against_table)
    app.after_request(_guard_answer)
    app.context_processor(_page_values)
    _init_errors(app)
    refuse_unguarded(app)
    return app


def _refuse_demo(database: Database) -> None:
    try:
        with database.reading() as s:
            refuse_demo_world(s)
    except ConfigError:
        database.dispose()
        raise


def _configure(app: Flask, settings: Settings) -> None:
    app.config.update(
        SECRET_KEY=settings.secret_key,
        TESTING=settings.testing,
        MAX_CONTENT_LENGTH=2**20,
        MAX_FORM_MEMORY_SIZE=2**20,
        MAX_FORM_PARTS=500,
        SESSION_COOKIE_NAME="__Host-market" if settings.production else "market",
        SESSION_COOKIE_SECURE=settings.production,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        PERMANENT_SESSION_LIFETIME=timedelta(hours=8),
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_CHECK_DEFAULT=True,
        BOOTSTRAP_SERVE_LOCAL=True,
    )
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True


def _init_login(app: Flask) -> None:
    manager = LoginManager(app)
    manager.anonymous_user = Stranger
    manager.session_protection = "basic"

    @manager.user_loader
    def load(user_id: str) -> SignedIn | None:
        with reading() as s:
            actor = find_actor(s, int(user_id), session.get("party"))
        return SignedIn(actor) if actor.user_id is not None else None


def refuse_unguarded(app: Flask) -> None:
    """Every route names an act of the table, or the market does not start."""
    known = set(acts.ACTS)
    for rule in app.url_map.iter_rules():
        if act_of(app, rule.endpoint) not in known:
            raise UnguardedRoute(f"{rule.endpoint} ({rule.rule}) names no act")


def act_of(app: Flask, endpoint: str) -> Act | None:
    """The act that a route names; files of the look are public."""
    if endpoint in STATIC:
        return SEE_PUBLIC
    return getattr(app.view_functions[endpoint], "act", None)


def _hold_against_table() -> Any:
    """The first half of *who*: signed in, and of a fitting role; the relation is the rule's."""
    if request.endpoint is None:
        return None
    act = act_of(current_app, request.endpoint)
    assert act is not None, "refuse_unguarded saw to it"
    if act.public:
        return None
    if not current_user.is_authenticated:
        wanted = request.full_path if request.method == "GET" else None
        return redirect(url_for("accounts.sign_in", next=wanted))
    if act.roles and not current_user.actor.has(*act.roles):
        raise Refused(WhoRefusal.NOT_YOUR_ROLE)
    return None


def _refuse_malformed() -> None:
    """Bytes that are no UTF-8 and null characters are no text: 400 before anything is read.

    A password is taken exactly as typed, so a null character in one is let by (promises 7 C 41).
    """
    raw = [request.query_string]
    if request.mimetype == "application/x-www-form-urlencoded":
        raw.append(request.get_data())
    typed = [*request.args.items(multi=True), *request.form.items(multi=True), ("", request.path)]
    hidden = any("\x00" in value and name != "password" for name, value in typed)
    if hidden or not all(map(_is_text, raw)):
        raise BadRequest(gettext("The request holds bytes that are not text."))


def _is_text(quoted: bytes) -> bool:
    try:
        unquote_to_bytes(quoted).decode()
    except UnicodeDecodeError:
        return False
    return True


def _language() -> str:
    chosen = str(session.get("language", DEFAULT_LANGUAGE))
    return chosen if chosen in LANGUAGES else DEFAULT_LANGUAGE


def _page_values() -> dict[str, object]:
    settings = current_app.extensions["market.settings"]
    return {
        "actor": current_user.actor,
        "roles": Role,
        "demo": settings.demo,
        "languages": LANGUAGES,
        "language": str(get_locale()),
    }


def _guard_answer(response: Response) -> Response:
    response.headers.setdefault("Content-Security-Policy", POLICY)
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "same-origin"
    response.headers["Permissions-Policy"] = "camera=(), microphone=(), geolocation=()"
    if request.endpoint not in STATIC:
        response.headers["Cache-Control"] = "no-store"
        response.headers["Vary"] = "Cookie"
    return response


def _init_errors(app: Flask) -> None:
    @app.errorhandler(Refused)
    def no(error: Refused) -> tuple[str, int]:
        return render_template("refused.html", sentence=refused(error)), error.refusal.status

    @app.errorhandler(Missing)
    @app.errorhandler(404)
    def missing(_error: Exception) -> tuple[str, int]:
        return render_template("missing.html"), 404

    @app.errorhandler(OperationalError)
    def unreachable(_error: OperationalError) -> tuple[str, int]:
        app.logger.exception("database unreachable")
        return render_template(
            "refused.html",
            sentence=gettext(
                "The market's database does not answer just now. Nothing was changed; "
                "please try again."
            ),
        ), 503

    @app.errorhandler(HTTPException)
    def http(error: HTTPException) -> tuple[str, int]:
        return render_template("refused.html", sentence=_http_sentence(error)), error.code or 500

    @app.errorhandler(Exception)
    def broken(_error: Exception) -> tuple[str, int]:
        app.logger.exception("unhandled")
        return render_template(
            "refused.html",
            sentence=gettext("Something went wrong on our side. Nothing was changed."),
        ), 500


def _http_sentence(error: HTTPException) -> str:
    sentences = {
        400: gettext("This request cannot be read. Go back, reload the page and try again."),
        405: gettext("This address does not take that kind of request."),
        413: gettext("What you sent is too large."),
        415: gettext("This kind of content is not taken here."),
    }
    return sentences.get(error.code or 500) or str(gettext("This request cannot be answered."))


@click.command("acts")
def _acts() -> None:
    """Print the table of authority (docs/acts.md)."""
    click.echo(acts.page(), nl=False)
