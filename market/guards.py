"""What stands before and after every page: who may come in, what is readable, what a no looks like.

Beside ``app.py``, which sets it up: a request is held against the table of acts, an answer carries
its headers, and an error becomes a page in the reader's language.
"""

import hashlib
from collections.abc import Callable
from http import HTTPStatus
from typing import Any
from urllib.parse import unquote_to_bytes

from flask import (
    Flask,
    Response,
    current_app,
    flash,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import (
    BadHost,
    BadRequest,
    HTTPException,
    SecurityError,
    UnsupportedMediaType,
)
from werkzeug.routing import IntegerConverter, Map

from market import acts
from market.accounts.rules import CHANGE_KEYS, SEE_OWN
from market.accounts.sessions import notice
from market.kernel import once
from market.kernel.authority import SEE_PUBLIC, Act, role_refusal
from market.kernel.clock import now
from market.kernel.db import Missing, database
from market.kernel.documents import UnfinishedDocument
from market.kernel.i18n import refused
from market.kernel.once import Answer, Intent
from market.kernel.policy import POLICY
from market.kernel.refusal import Refused, insist

TOLD_BY_GATEWAYS = ("payments.notice",)
STATIC = ("static", "bootstrap.static")
OWN_KEYS = (SEE_OWN, CHANGE_KEYS)
"""What a person may do whose password has served its time."""
SECRETS = frozenset({"password", "new_password"})
TWO_YEARS = 2 * 365 * 24 * 3600
ID_MOST = 2**63 - 1  # what both engines keep as an id


class UnguardedRoute(RuntimeError):
    """A route names no act, so nobody decided who may use it."""


class IdConverter(IntegerConverter):
    """``<int:…>``: a number that an id can be, in its one spelling; any other leads to no page."""

    regex = "(?:0|[1-9][0-9]{0,18})"

    def __init__(self, map: Map, *args: Any, **kwargs: Any) -> None:
        super().__init__(map, *args, **{"max": ID_MOST, **kwargs})


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


def meet() -> None:
    """See who asks before anything else is done for them; the files of the look ask nobody."""
    if request.endpoint not in STATIC:
        notice(now())


def hold_against_table() -> Any:
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
    if current_user.overdue and act not in OWN_KEYS:
        return redirect(url_for("accounts.password"))
    readers = {role for role, _ in act.readers}
    if act.roles and not current_user.actor.has(*act.roles, *readers):
        raise Refused(role_refusal(act, current_user.actor))
    return None


def intent_of_request() -> Intent | None:
    """What a signed-in person means to do by this form, by its key; None where it carries none.

    What binds or creates is not taken without a key (promises 7 H 124, 126).
    """
    if request.method != "POST" or request.endpoint is None or not current_user.is_authenticated:
        return None
    view = current_app.view_functions[request.endpoint]
    act, creates = act_of(current_app, request.endpoint), getattr(view, "creates", False)
    key = request.form.get(once.FIELD)
    needed = creates or (act is not None and (act.su or act.binding or act.two))
    insist(once.key_refusal(key, needed=needed))
    if key is None:
        return None
    return Intent(
        who=f"user {current_user.actor.user_id}",
        key=key,
        path=once.address(request.full_path),
        body_hash=once.fingerprint(_sent(), str(current_app.config["SECRET_KEY"])),
        creates=creates,
    )


def _sent() -> list[tuple[str, str]]:
    """What was sent: words as they are, a file by its hash."""
    sent = list(request.form.items(multi=True))
    for name, file in request.files.items(multi=True):
        sent.append((name, hashlib.sha256(file.stream.read()).hexdigest()))
        file.stream.seek(0)
    return sent


def carry_out(intent: Intent, view: Callable[[], ResponseReturnValue]) -> ResponseReturnValue:
    """Answer a form once: its act and its answer commit together; repeated, it is only answered.

    What a page wanted to say is said once it is true: an answer that failed to commit says nothing.
    """
    claimed: list[Answer] = []
    before = list(session.get("_flashes", ()))
    try:
        with database().reading() as s:
            once.look(s, intent, at=now())
        with database().held(lambda s: claimed.append(once.claim(s, intent, at=now()))) as held:
            answer = current_app.make_response(view())
            if held.session is not None and answer.status_code < HTTPStatus.BAD_REQUEST:
                said = list(session.get("_flashes", ()))[len(before) :]
                where = answer.headers.get("Location", "")
                once.keep(
                    held.session, claimed[-1], status=answer.status_code, location=where, said=said
                )
            elif held.session is not None:
                once.let_go(held.session, claimed[-1])
        return answer
    except once.Repeated as repeated:
        return _say_again(repeated)
    except BaseException:
        session["_flashes"] = before
        raise


def _say_again(answer: once.Repeated) -> ResponseReturnValue:
    if not answer.location:
        return _page(gettext("This was done already. It is not done a second time.")), 409
    for category, words in answer.said:
        flash(words, category)
    return redirect(answer.location, answer.status)


def refuse_malformed() -> None:
    """Bytes that are no UTF-8 and null characters are no text: 400 before anything is read.

    A password is taken exactly as typed, so a null character in one is let by (promises 7 C 41).
    A host's name that is none comes first: no address can be written under it. A body of JSON is
    no form, though the forms would read it as one: 415. What a gateway tells is read as bytes,
    since its signature is over them.
    """
    if request.endpoint in TOLD_BY_GATEWAYS:
        return
    if isinstance(request.routing_exception, BadHost | SecurityError):
        raise request.routing_exception
    if request.method == "POST" and request.is_json:
        raise UnsupportedMediaType
    raw = [request.query_string]
    if request.mimetype == "application/x-www-form-urlencoded":
        raw.append(request.get_data())
    typed = [*request.args.items(multi=True), *request.form.items(multi=True), ("", request.path)]
    seen = [value for name, value in typed if name not in SECRETS]
    names = [name for name, _value in typed] + list(request.files)
    if any("\x00" in each for each in (*seen, *names)) or not all(map(_is_text, raw)):
        raise BadRequest(gettext("The request holds bytes that are not text."))


def _is_text(quoted: bytes) -> bool:
    try:
        unquote_to_bytes(quoted).decode()
    except UnicodeDecodeError:
        return False
    return True


def policy() -> str:
    """What a page may load and where its forms lead: the way to the provider begins as a form."""
    openid = current_app.extensions["market.settings"].openid
    if openid is None:
        return POLICY
    return POLICY.replace("form-action 'self'", f"form-action 'self' {' '.join(openid.origins)}")


def guard_answer(response: Response) -> Response:
    """The headers of every answer."""
    response.headers.setdefault("Content-Security-Policy", policy())
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "same-origin"
    response.headers["Permissions-Policy"] = "camera=(), microphone=(), geolocation=()"
    if current_app.extensions["market.settings"].production:
        hsts = f"max-age={TWO_YEARS}; includeSubDomains"
        response.headers["Strict-Transport-Security"] = hsts
    if request.endpoint not in STATIC:
        response.headers["Cache-Control"] = "no-store"
        response.headers["Vary"] = "Cookie"
    return response


def init_errors(app: Flask) -> None:
    """A page for each way of saying no."""

    @app.errorhandler(Refused)
    def no(error: Refused) -> tuple[str, int]:
        return _page(refused(error)), error.refusal.status

    @app.errorhandler(Missing)
    @app.errorhandler(404)
    def missing(_error: Exception) -> tuple[str, int]:
        return render_template("missing.html"), 404

    @app.errorhandler(OperationalError)
    def unreachable(_error: OperationalError) -> tuple[str, int]:
        app.logger.exception("database unreachable")
        sentence = gettext(
            "The market's database does not answer just now. Nothing was changed; please try again."
        )
        return _page(sentence), 503

    @app.errorhandler(UnfinishedDocument)
    def unprinted(_error: UnfinishedDocument) -> tuple[str, int]:
        app.logger.exception("document not printed")
        sentence = gettext(
            "This document cannot be printed just now. Nothing of it is lost: what it says stands "
            "on its page."
        )
        return _page(sentence), 503

    @app.errorhandler(HTTPException)
    def http(error: HTTPException) -> tuple[str, int, dict[str, str]]:
        said = {name: value for name, value in error.get_headers() if name != "Content-Type"}
        return _page(_http_sentence(error)), error.code or 500, said  # 405 says what is allowed

    @app.errorhandler(BadHost)
    @app.errorhandler(SecurityError)
    def no_such_host(error: BadRequest) -> Response:
        """No address of ours can be written under such a name, so there is no page either."""
        return Response(f"{_http_sentence(error)}\n", 400, mimetype="text/plain")

    @app.errorhandler(Exception)
    def broken(_error: Exception) -> tuple[str, int]:
        app.logger.exception("unhandled")
        return _page(gettext("Something went wrong on our side. Nothing was changed.")), 500


def _page(sentence: str) -> str:
    return render_template("refused.html", sentence=sentence)


def _http_sentence(error: HTTPException) -> str:
    sentences = {
        400: gettext("This request cannot be read. Go back, reload the page and try again."),
        405: gettext("This address does not take that kind of request."),
        413: gettext("What you sent is too large."),
        415: gettext("This kind of content is not taken here."),
        503: gettext("Too many people want to come in just now. Please try again in a moment."),
    }
    return sentences.get(error.code or 500) or str(gettext("This request cannot be answered."))
