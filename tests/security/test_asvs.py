"""Automated checks by number of the checklist in promises 6; ``asvs.py`` is the table."""

import ast
import logging
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask, Response
from flask.testing import FlaskClient

from config import ConfigError, Settings
from market.accounts.models import User
from market.accounts.rules import local_path
from market.app import create_app
from market.kernel.db import Base
from market.kernel.once import FIELD
from tests import canary, make, web
from tests.house import House, Module
from tests.security import asking, ledger, matrix, scan
from tests.security.asvs import ITEMS
from tests.security.world import World

pytestmark = pytest.mark.sqlite_by_day

ROOT = Path(__file__).resolve().parents[2]
HOUSE = House(ROOT)
TEMPLATES = sorted((ROOT / "market").rglob("*.html")) + sorted((ROOT / "market").rglob("*.txt"))
one_engine = pytest.mark.parametrize("kit", ["sqlite"], indirect=True)


def test_every_item_of_the_checklist_is_answered_for(
    record_property: Callable[[str, object], None],
) -> None:
    assert ledger.faults(ITEMS, range(1, 65)) == []
    for state in ("done", "in part", "later", "not applicable"):
        number = sum(row.state == state for row in ITEMS.values())
        record_property(f"figure:ASVS items of 64: {state}", number)


def test_an_item_without_a_test_or_a_number_is_noticed() -> None:
    """Sabotage of the table."""
    wrong = {1: ledger.done("x", "security/asvs::no_such_test"), 3: ledger.Row("y")}
    assert ledger.faults(wrong, {1, 2, 3}) == [
        "2 is missing",
        "1: no test security/asvs::no_such_test",
        "3 says nothing",
    ]


# ── what is read in the source ───────────────────────────────────────────────────────────────────


def calls(*names: str) -> Iterator[tuple[Module, ast.Call]]:
    """Every call in the market whose dotted name ends so."""
    for module in HOUSE.modules:
        for node in module.nodes:
            if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] in names:
                yield module, node


def places(found: Iterator[tuple[Module, ast.Call]]) -> list[str]:
    """Where the calls stand."""
    return [module.at(node.lineno) for module, node in found]


def literal(node: ast.expr) -> bool:
    """Whether a text stands in the source as it is."""
    return isinstance(node, ast.Constant) or (
        isinstance(node, ast.Name | ast.Attribute) and ast.unparse(node).split(".")[-1].isupper()
    )


def test_asvs_01_templates_escape_and_nothing_is_marked_safe() -> None:
    for path in (path for path in TEMPLATES if path.suffix == ".html"):
        text = path.read_text()
        assert not re.search(r"\|\s*safe\b|autoescape\s+false|Markup\(", text), path
    assert places(calls("Markup")) == []
    assert re.search(r"\|\s*safe\b", "{{ x|safe }}"), "the lint sees what it looks for"


def test_asvs_03_pages_carry_no_script_and_no_data() -> None:
    for path in TEMPLATES:
        mail = path.stem == "mail"  # no page: mail programs know no style sheet
        if path.parts[-2:] == ("payments", "card.html"):
            continue  # Stripe's fields: two scripts by address (tests/payments/test_card_page.py)
        active = r"<script|tojson|\son\w+=" + ("" if mail else r"|\sstyle=")
        assert not re.search(active, path.read_text()), path


def test_asvs_04_no_sql_is_built_from_strings() -> None:
    """A text handed to the database is a literal; values travel beside it."""
    found = [
        module.at(node.lineno)
        for module, node in calls("text", "exec_driver_sql", "literal_column")
        if node.args and not literal(node.args[0]) and "sqlalchemy" in module.source
    ]
    allowed = {"market/kernel/db.py"}  # SHOW and PRAGMA over names that stand beside the loop
    assert [each for each in found if each.partition(":")[0] not in allowed] == []
    assert not literal(ast.parse("f'SELECT {x}'", mode="eval").body)


def test_asvs_05_no_shell_is_called() -> None:
    assert places(calls("system", "popen", "Popen", "check_output", "spawn")) == []
    used = {full for module in HOUSE.modules for full, _ in module.uses}
    assert not {each for each in used if each.split(".")[0] in ("subprocess", "pty", "commands")}


def test_asvs_06_patterns_are_literals_or_escaped() -> None:
    found = [
        module.at(node.lineno)
        for module, node in calls("compile")
        if ast.unparse(node.func) == "re.compile"
        and not (literal(node.args[0]) or "escape(" in ast.unparse(node.args[0]))
        and not _of_constants(node.args[0])
    ]
    assert found == []
    assert places(calls("like", "ilike", "contains", "startswith_op")) == [] or _likes_escape()


def _of_constants(node: ast.expr) -> bool:
    """A pattern put together from constants of its own module, and from nothing that was typed."""
    names = [each for each in ast.walk(node) if isinstance(each, ast.Name)]
    return all(
        each.id.lstrip("_").isupper() or each.id in ("kind", "each", "Kind5") for each in names
    )


def _likes_escape() -> bool:
    """Where a LIKE stands, what was typed is escaped."""
    return all(
        "autoescape" in ast.unparse(n) or "escape" in m.source for m, n in calls("like", "ilike")
    )


def test_asvs_09_only_named_modules_reach_out() -> None:
    reaching = (
        "requests",
        "urllib.request",
        "http.client",
        "httpx",
        "smtplib",
        "socket",
        "aiohttp",
    )
    found = {
        module.name
        for module in HOUSE.modules
        for full, _ in module.imports
        if full.startswith(reaching)
    }
    assert found <= OUTBOUND, found - OUTBOUND


OUTBOUND = {
    "market.kernel.mailers",
    "market.__main__",
    "market.identities.gateway",
    "market.payments.stripe_gateway",
    "market.payments.stripe_line",
}
"""The mail server, the provider of sign-in and Stripe, all named by the operator in settings."""


def test_asvs_10_templates_come_from_files_only() -> None:
    assert places(calls("render_template_string", "from_string", "Template")) == []


def test_asvs_13_nothing_unsafe_is_unpacked() -> None:
    used = {full.split(".")[0] for module in HOUSE.modules for full, _ in module.imports}
    assert not used & {"pickle", "marshal", "shelve", "yaml", "xml", "lxml", "dill"}
    assert places(calls("eval", "exec", "loads_unsafe")) == []


def test_asvs_55_no_weak_hash_and_no_common_chance() -> None:
    used = {(module.name, full) for module in HOUSE.modules for full, _ in module.uses}
    weak = {(name, full) for name, full in used if full in ("hashlib.md5", "hashlib.sha1")}
    assert weak == set()
    chance = {name for name, full in used if full.split(".")[0] == "random"}
    assert {name for name in chance if not name.startswith("market.demo")} <= WAITING
    assert not {full for _, full in used if full.startswith(("uuid.uuid1", "Crypto.", "DES"))}


WAITING = {"market.kernel.outbox"}
"""Chance for how long to wait, which nobody has to guess."""
SECRET = re.compile(r"(^|_)(token|mac|signature|secret|check_code)$")
HASHED = {"token_hash", "text_hash", "body_hash", "code_hash", "password_hash"}


def test_asvs_56_secrets_are_compared_in_constant_time() -> None:
    """In Python, ``==`` on a secret tells by its time how much of it was right."""
    found = []
    for module in HOUSE.modules:
        for node in module.nodes:
            if not isinstance(node, ast.Compare) or not isinstance(node.ops[0], ast.Eq | ast.NotEq):
                continue
            sides = [ast.unparse(each) for each in (node.left, *node.comparators)]
            in_sql = any(re.match(r"[A-Z]\w+\.", side) for side in sides)  # looked up by its hash
            if not in_sql and any(SECRET.search(side.split("(")[0]) for side in sides):
                found.append(f"{module.at(node.lineno)}: {' == '.join(sides)}")
    assert found == []


def test_asvs_61_every_package_is_pinned_by_hash() -> None:
    for name in ("lock.txt", "lock-dev.txt"):
        text = (ROOT / name).read_text().replace("\\\n", " ")
        lines = [
            line for line in text.splitlines() if line.strip() and not line.strip().startswith("#")
        ]
        assert lines
        for line in lines:
            assert re.match(r"[\w.\[\]-]+==\S+", line), line
            assert "--hash=sha256:" in line, line


# ── what is asked of the market ──────────────────────────────────────────────────────────────────


def production(folder: Path, url: str) -> Settings:
    """Settings as an operator writes them."""
    return replace(
        Settings.for_tests(folder, database_url=url),
        production=True,
        base_url="https://market.example",
    )


def test_asvs_25_no_origin_is_let_in(world: World) -> None:
    for origin in ("https://evil.example", "null", "http://localhost.evil.example", "file://"):
        for path in ("/", "/home", "/listings/"):
            headers = {"Origin": origin, "Access-Control-Request-Method": "POST"}
            for method in ("GET", "OPTIONS"):
                answer = asking.send(world, "ra", method, path, headers=headers).response
                assert not [k for k, _ in answer.headers if k.startswith("Access-Control")], path


def test_asvs_26_27_faults_and_files_carry_the_guards_too(world: World) -> None:
    looked = world.scan.looked
    for path in ("/nothing", "/static/market.css", "/static/none", "/listings/?q=%ff", "/sign-out"):
        assert asking.send(world, "an", "GET", path).response.status_code in (200, 400, 404, 405)
    asking.send(world, "an", "POST", "/sign-in", data={"password": "x" * 2**20})
    assert world.scan.looked == looked + 6
    assert not world.scan.found


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        ({"Content-Security-Policy": "default-src 'none'; script-src 'unsafe-inline'"}, "open"),
        ({"X-Content-Type-Options": ""}, "X-Content-Type-Options"),
        ({"Server": "market/0.1"}, "tells too much"),
        ({"Access-Control-Allow-Origin": "*"}, "tells too much"),
        ({"Cache-Control": "public"}, "cache"),
        ({"Content-Type": "text/html"}, "character set"),
        ({"Set-Cookie": "market=x"}, "loose cookie"),
        ({"Location": "https://evil.example/"}, "leads away"),
    ],
)
def test_the_scan_sees_what_is_missing(app: Flask, broken: dict[str, str], said: str) -> None:
    """Sabotage of the scan: an answer of the market with one property taken away."""
    with app.test_request_context("/listings/"):
        whole = Response("<p>x</p>")
        whole.headers.update(app.test_client().get("/listings/").headers)
        whole.headers.remove("Set-Cookie")
        assert list(scan.breaches(whole)) == []
        for name, value in broken.items():
            whole.headers[name] = value
        assert any(said in each for each in scan.breaches(whole))


@pytest.mark.parametrize("page", ["<p onclick=x>", "<p style='x'>", "<script>", "Traceback (most"])
@one_engine
def test_the_scan_reads_pages(app: Flask, page: str) -> None:
    with app.test_request_context("/listings/"):
        whole = Response(page)
        whole.headers.update(app.test_client().get("/listings/").headers)
        assert any("the page" in each for each in scan.breaches(whole))


def test_asvs_28_nothing_is_posted_without_the_sessions_own_token(
    world: World, figure: Callable[[str, int], None]
) -> None:
    """Without a token, with another's and with a made-up one: refused, and nothing changes."""
    tried, found = 0, []
    for line in (line for line in matrix.lines() if line.method == "POST" and line.writes):
        identity = next(i for i, said in line.expected.items() if said == "may")
        body, path = {**asking.body_of(world, line), FIELD: web.key()}, asking.path_of(world, line)
        foreign = world.tokens["rb" if identity != "rb" else "ra"]
        for token in ({}, {"csrf_token": foreign}, {"csrf_token": "x.y.z"}, {"csrf_token": ""}):
            with world.database.undone():
                answer = world.client(identity).post(path, data={**body, **token})
                tried += 1
                if answer.status_code not in (400, 403) or world.database.changes():
                    found.append(f"{line} {identity}: {answer.status}")
    figure("posts without the session's own token", tried)
    assert not found, "\n".join(found)


UNSEEN = ("/\t/evil", "/\n/evil", "/\r\nLocation: //evil", "/\r\nSet-Cookie: a=b", "/\x00/evil")
BLANK = ("", " ", " //evil", "/ /evil", "/\x0b/evil", "\u2028/", "/\x1f", "\t//evil")
EVIL = ((ROOT / "tests/security/foreign.txt").read_text().split("\n"), UNSEEN, BLANK)
EVERY_EVIL = [each for part in EVIL for each in part]


@pytest.mark.parametrize("wanted", EVERY_EVIL)
def test_asvs_29_next_leads_to_no_other_site(wanted: str) -> None:
    led = local_path(wanted)
    assert led is None or (led.startswith("/") and not led.startswith(("//", "/\\"))), led
    assert led is None or "evil" not in led or led == wanted


def test_the_corpus_of_foreign_addresses_has_sixty() -> None:
    assert len(set(EVERY_EVIL)) >= 60
    assert local_path("/listings/7?q=a") == "/listings/7?q=a"


@one_engine
@pytest.mark.parametrize(
    "name",
    [
        "X-Forwarded-Host",
        "X-Forwarded-For",
        "Forwarded",
        "X-Original-URL",
        "X-Forwarded-Proto",
        "X-Forwarded-Prefix",
        "X-Rewrite-URL",
        "X-Host",
        "True-Client-IP",
    ],
)
def test_asvs_31_forwarded_headers_move_no_link(world: World, name: str) -> None:
    plain = asking.send(world, "ra", "GET", "/home").response
    spoofed = asking.send(world, "ra", "GET", "/home", headers={name: "host=evil.example"}).response
    assert spoofed.status == plain.status
    assert "evil.example" not in spoofed.text
    assert web.masked(spoofed.text) == web.masked(plain.text)


@one_engine
def test_asvs_23_in_production_cookies_are_bound_to_the_host(
    engine_url: str, tmp_path: Path
) -> None:
    app = create_app(production(tmp_path, engine_url))
    answer = app.test_client().get("/sign-in", base_url="https://market.example")
    app.extensions["market.database"].dispose()
    cookies = answer.headers.getlist("Set-Cookie")
    assert cookies
    for cookie in cookies:
        assert cookie.startswith("__Host-")
        assert {"Secure", "HttpOnly", "Path=/"} <= set(cookie.split("; "))
        assert "SameSite=Lax" in cookie
        assert "Domain=" not in cookie


@one_engine
def test_asvs_33_a_form_has_so_many_parts_and_no_more(client: FlaskClient) -> None:
    body = {f"part{n}": "x" for n in range(600)}
    token = web.token(client, "/sign-in")
    answer = client.post(
        "/sign-in", data={"csrf_token": token, **body}, content_type="multipart/form-data"
    )
    assert answer.status_code == 413


@one_engine
def test_asvs_43_a_fresh_market_has_nobody(app: Flask) -> None:
    with app.extensions["market.database"].reading() as s:
        assert s.scalar(sa.select(sa.func.count()).select_from(User)) == 0


@one_engine
def test_asvs_54_a_token_of_another_session_opens_nothing(world: World) -> None:
    stolen = world.tokens["rb"]
    with world.database.undone():
        answer = world.client("ra").post(
            "/me/mail", data={"csrf_token": stolen, FIELD: web.key(), "choice": "daily"}
        )
        assert answer.status_code in (400, 403)
        assert not world.database.changes()


def test_asvs_57_production_wants_https_and_a_key_of_its_own() -> None:
    env = {
        "MARKET_ENV": "production",
        "MARKET_SECRET_KEY": "k" * 40,
        "MARKET_BASE_URL": "https://market.example",
        "MARKET_SMTP_URL": "smtp://mail.market.example",
        "MARKET_MAIL_FROM": "desk@market.example",
    }
    assert Settings.from_env(env).production
    for name, value, said in (
        ("MARKET_BASE_URL", "http://market.example", "https"),
        ("MARKET_SECRET_KEY", "k", "32"),
        ("MARKET_DEMO", "1", "demo"),
    ):
        with pytest.raises(ConfigError, match=said):
            Settings.from_env({**env, name: value})


HIDDEN = (
    *("/.git/config", "/.git/HEAD", "/.svn/entries", "/.env", "/.hg/", "/config.py", "/wsgi.py"),
    *("/instance/market.sqlite", "/market.sqlite", "/lock.txt", "/Makefile", "/migrations/env.py"),
    *("/static/../config.py", "/static/%2e%2e/config.py", "/static/..%2fconfig.py", "/static/"),
    *("/bootstrap/static/..%2f..%2fx", "/console", "/debug", "/server-status", "/phpinfo.php"),
    *(
        "/admin",
        "/backup.zip",
        "/robots.txt~",
        "/metrics",
        "/api",
        "/actuator/env",
        "/.well-known/x",
    ),
)


@pytest.mark.parametrize("path", HIDDEN)
@one_engine
def test_asvs_58_nothing_of_the_works_is_served(client: FlaskClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 404, path
    assert client.open(path, method="TRACE").status_code in (404, 405)


@one_engine
def test_asvs_59_signing_out_clears_what_the_browser_kept(world: World) -> None:
    answer = asking.send(world, "ra", "POST", "/sign-out").response
    assert "cache" in answer.headers["Clear-Site-Data"]


@one_engine
def test_asvs_60_the_log_of_a_fault_holds_no_secret(
    app: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    """A view breaks while a password is on its way: the log names the fault, not the password."""
    client = app.test_client()
    token = web.token(client, "/sign-in")
    app.extensions["market.passwords"] = None  # whatever is asked of it breaks
    body = {
        "csrf_token": token,
        FIELD: web.key(),
        "email": "a@x.example",
        "password": make.PASSWORD,
    }
    with caplog.at_level(logging.DEBUG):
        answer = client.post("/sign-in", data=body)
    assert answer.status_code == 500
    assert caplog.records, "the fault is on the log"
    assert canary.PASSWORD not in caplog.text
    assert token not in caplog.text
    assert canary.PASSWORD not in answer.text


def test_the_names_of_all_secrets_are_known_to_the_lint() -> None:
    """A new column that keeps a secret or its hash is looked at by 56, or named here."""
    columns = {column.name for table in Base.metadata.tables.values() for column in table.columns}
    secret = {name for name in columns if re.search("secret|token|signature|salt|_hash$", name)}
    assert secret <= HASHED | {"totp_secret", "secret", "signature", "salt", "text_hash"}
