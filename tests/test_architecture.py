"""The house stands as it was drawn, and each rule is shown to fail on a house broken on purpose."""

import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import dedent

import pytest

from tests import house
from tests.engines import ROOT
from tests.house import House

Rule = Callable[[House], Iterator[str]]

# Files that may pass markup unescaped, each with its reason.
MARKUP_ALLOWED = {"market/templates/mail.txt": "plain text has no markup to escape"}


@pytest.fixture(scope="module")
def market() -> House:
    return House(ROOT)


@pytest.mark.parametrize("rule", house.RULES, ids=lambda rule: rule.__name__)
def test_the_market_keeps_the_rule(rule: Rule, market: House) -> None:
    breaches = list(rule(market))
    if rule is house.markup_is_allowed_only:
        breaches = list(house.markup_is_allowed_only(market, frozenset(MARKUP_ALLOWED)))
    assert not breaches, "\n" + "\n".join(breaches)


# ── each rule, broken on purpose ─────────────────────────────────────────────────────────────────

GOOD = {
    "config.py": "import os\nPLACE = os.environ.get('MARKET')\n",
    "docs/acts.md": "| `deals.strike` | seller or buyer |\n",
    "market/app.py": "from flask import request\nfrom market.deals.views import page\n",
    "market/kernel/clock.py": "import datetime as d\ndef now(): return d.datetime.now(d.UTC)\n",
    "market/kernel/db.py": "def end(session): session.commit()\n",
    "market/kernel/refusal.py": "from enum import Enum\nclass Refusal(Enum): ...\n",
    "market/kernel/forms.py": "class Form: ...\n",
    "market/deals/rules.py": """
        from market.kernel.refusal import Refusal
        class StrikeRefusal(Refusal):
            SOLD = "sold", "It is sold."
        def service_invention(metadata): return metadata
    """,
    "market/deals/commands.py": '''
        from market.kernel.journal import record
        def strike(session, listing, *, by, at):
            """Strike; CURRENT_TIMESTAMP is never asked."""
            _note(session, by, at)
        def _note(session, by, at):
            record(session, "deal.struck", by=by, at=at)
    ''',
    "market/deals/views.py": """
        from flask import g, request
        from flask_login import current_user
        from market.deals.forms import StrikeForm
        def page():
            with transaction() as s:
                strike(s)
            flash("done")
            return request, g, current_user
    """,
    "market/deals/forms.py": "from market.kernel.forms import Form\nclass StrikeForm(Form): ...\n",
    "market/deals/templates/deals/show.html": "{{ deal.title }} {# safe #}\n",
    "migrations/versions/0001_deals.py": "import sqlalchemy as sa\ndef upgrade(): ...\n",
    "tests/deals/test_rules.py": "from x import StrikeRefusal\nassert StrikeRefusal.SOLD\n",
}

BROKEN: list[tuple[Rule, str, str, str]] = [
    (house.no_late_imports, "market/deals/queries.py",
     "def f():\n    if True:\n        from market.kernel import db\n    return db\n",
     "market/deals/queries.py:3 imports inside f()"),
    (house.only_the_kernel_commits, "market/deals/cli.py",
     "def f(session): session.commit()\n", "market/deals/cli.py:1 commits"),
    (house.only_config_reads_the_environment, "wsgi.py",
     "from os import environ\nx = environ['A']\n", "wsgi.py:2 reads os.environ"),
    (house.only_config_reads_the_environment, "market/deals/cli.py",
     "import os as machine\nx = machine.getenv('A')\n", "market/deals/cli.py:2 reads os.getenv"),
    (house.only_the_clock_tells_time, "market/deals/queries.py",
     "import datetime as dt\nx = dt.datetime.now(dt.UTC)\n",
     "market/deals/queries.py:2 reads the clock by datetime.datetime.now"),
    (house.only_the_clock_tells_time, "market/deals/queries.py",
     "from datetime import date\nx = date.today()\n", "by datetime.date.today"),
    (house.only_the_clock_tells_time, "market/deals/queries.py",
     "from time import monotonic\n", "by time.monotonic"),
    (house.only_the_clock_tells_time, "market/deals/models.py",
     "import sqlalchemy as sa\nx = sa.func.now()\n", "by sqlalchemy.func.now"),
    (house.only_the_clock_tells_time, "market/deals/models.py",
     "x = 'DEFAULT current_timestamp'\n", "asks the database for the time"),
    (house.only_views_know_the_request, "market/deals/commands.py",
     "import flask\nx = flask.g.user\n", "market/deals/commands.py:2 knows flask.g.user"),
    (house.only_views_know_the_request, "market/deals/forms.py",
     "from flask_login import current_user\n", "market/deals/forms.py:1 knows flask_login"),
    (house.commands_say_who_and_when, "market/deals/commands.py",
     "def strike(session, by, *, at): record()\n", "strike() lacks keyword-only 'by'"),
    (house.commands_say_who_and_when, "market/deals/commands.py",
     "def strike(session, *, by): record()\n", "strike() lacks keyword-only 'at'"),
    (house.commands_record, "market/deals/commands.py",
     "def strike(session, *, by, at): _note()\ndef _note(): strike()\n",
     "strike() records nothing"),
    (house.commands_stand_in_the_acts, "docs/acts.md",
     "`deals.strike_again` `mydeals.strike`\n", "deals.strike has no row in docs/acts.md"),
    (house.refusals_are_tested, "tests/deals/test_rules.py",
     "StrikeRefusal.SOLD_OUT\n", "no test names StrikeRefusal.SOLD"),
    (house.refusals_are_tested, "tests/deals/test_rules.py",
     "StrikeRefusal\nOtherRefusal.SOLD\n", "no test names StrikeRefusal.SOLD"),
    (house.refusals_are_tested, "tests/deals/test_rules.py",
     "MyStrikeRefusal.SOLD\n", "no test names StrikeRefusal.SOLD"),
    (house.refusals_are_tested, "market/kernel/authority.py",
     "class Denial(Refusal): ...\nclass WhoRefusal(Denial):\n    SIGN_IN = 'sign-in', ''\n",
     "market/kernel/authority.py:3 no test names WhoRefusal.SIGN_IN"),
    (house.markup_is_allowed_only, "market/deals/templates/deals/show.html",
     "a\n{{ deal.title | safe }}\n", "market/deals/templates/deals/show.html:2 passes markup"),
    (house.markup_is_allowed_only, "market/templates/base.html",
     "{% autoescape false %}\n", "market/templates/base.html:1 passes markup"),
    (house.markup_is_allowed_only, "market/deals/views.py",
     "from markupsafe import Markup\nx = Markup('<b>')\n", "market/deals/views.py:2 makes Markup"),
    (house.names_have_a_home, "market/deals/utils.py", "", "banned name 'utils'"),
    (house.names_have_a_home, "market/common/rules.py", "", "banned name 'common'"),
    (house.names_have_a_home, "market/deals/rules.py",
     "class DealManager: ...\n", "banned name 'DealManager'"),
    (house.names_have_a_home, "market/deals/rules.py",
     "def handle_deal(): ...\n", "banned name 'handle_deal'"),
    (house.names_have_a_home, "market/deals/rules.py",
     "class A:\n    def load_data(self): ...\n", "market/deals/rules.py:2 has the banned name"),
    (house.pages_are_private_to_their_slice, "market/desk/views.py",
     "from market.deals import forms\n", "market/desk/views.py:1 uses market.deals.forms"),
    (house.pages_are_private_to_their_slice, "market/desk/queries.py",
     "import market.deals.views\n", "market/desk/queries.py:1 uses market.deals.views"),
    (house.pages_are_private_to_their_slice, "market/desk/views.py",
     "from market.deals.draft_views import bp\n", "uses market.deals.draft_views"),
    (house.pages_are_private_to_their_slice, "market/desk/homes.py",
     "from market.deals import pages\n", "market/desk/homes.py:1 uses market.deals.pages"),
    (house.done_is_said_after_the_commit, "market/deals/views.py",
     "def f():\n    with form.keeping(), transaction() as s:\n        flash('done')\n",
     "market/deals/views.py:3 flashes before the commit"),
    (house.migrations_know_no_models, "migrations/versions/0002_more.py",
     "from market.deals.models import Deal\n", "migrations/versions/0002_more.py:1 imports market"),
]  # fmt: skip


def build(root: Path, files: dict[str, str]) -> House:
    """Write a small house."""
    for path, source in files.items():
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(dedent(source), encoding="utf-8")
    return House(root)


@pytest.mark.parametrize("rule", house.RULES, ids=lambda rule: rule.__name__)
def test_a_good_small_house_keeps_the_rule(rule: Rule, tmp_path: Path) -> None:
    assert list(rule(build(tmp_path, GOOD))) == []


@pytest.mark.parametrize(
    ("rule", "path", "source", "breach"),
    BROKEN,
    ids=[f"{rule.__name__}-{number}" for number, (rule, *_) in enumerate(BROKEN)],
)
def test_a_broken_small_house_is_named(
    rule: Rule, path: str, source: str, breach: str, tmp_path: Path
) -> None:
    told = list(rule(build(tmp_path, GOOD | {path: source})))
    assert any(breach in sentence for sentence in told), told


def test_each_rule_has_a_house_that_breaks_it() -> None:
    assert {rule for rule, *_ in BROKEN} == set(house.RULES)


def test_a_file_may_be_allowed_its_markup(tmp_path: Path) -> None:
    small = build(tmp_path, GOOD | {"market/templates/x.html": "{{ svg|safe }}"})
    assert not list(house.markup_is_allowed_only(small, frozenset({"market/templates/x.html"})))


# ── the import contracts, on small houses ────────────────────────────────────────────────────────


def contracts() -> list[dict[str, object]]:
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    found = declared["tool"]["importlinter"]["contracts"]
    assert isinstance(found, list)
    return found


def skeleton() -> dict[str, str]:
    """A house of all slices, the optional too, in which every arrow is missing."""
    layers = contracts()[0]["layers"]
    assert isinstance(layers, list)
    names = [name.strip(" ()") for layer in layers for name in layer.split("|")]
    files = {f"market/{name}.py": "" for name in ("__init__", "__main__", "app")}
    for name in names:
        if f"market/{name}.py" not in files:
            files |= {f"market/{name}/{part}.py": "" for part in ("__init__", "rules")}
    files |= {
        f"market/kernel/{name}.py": ""
        for name in ("calendar", "clock", "db", "money", "refusal", "words")
    }
    return files


def lint(root: Path, files: dict[str, str]) -> str:
    build(root, skeleton() | files)
    done = subprocess.run(
        [
            str(Path(sys.executable).with_name("lint-imports")),
            f"--config={ROOT / 'pyproject.toml'}",
            "--no-cache",
        ],
        check=False,
        capture_output=True,
        text=True,
        cwd=root,
        env={"PYTHONPATH": str(root), "COLUMNS": "200", "PATH": ""},
    )
    assert done.returncode in {0, 1}, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def crooked(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What the linter says of a house with one wrong arrow of each kind."""
    return lint(
        tmp_path_factory.mktemp("crooked"),
        {
            # up, sideways, and over the middleman
            "market/deals/queries.py": "import market.contracts.rules",
            "market/negotiation/queries.py": "import market.auction.rules",
            "market/auction/queries.py": "",
            # a slice that the drawing does not know
            "market/dataroom/__init__.py": "",
            # inside a slice
            "market/listings/models.py": "import market.listings.commands",
            "market/listings/commands.py": "",
            "market/registry/views.py": "import market.registry.cli",
            "market/registry/cli.py": "",
            # rules that reach the web, the database, chance and the clock, directly or by a friend
            "market/accounts/rules.py": "import market.kernel.words",
            "market/kernel/words.py": "import flask",
            "market/turnover/rules.py": "import random",
            "market/desk/rules.py": "import market.kernel.clock",
            "market/kernel/money.py": "from sqlalchemy import String",
        },
    )


def test_a_straight_house_keeps_every_contract(tmp_path: Path) -> None:
    straight = {
        "market/contracts/commands.py": "import market.deals.commands, market.contracts.rules",
        "market/deals/commands.py": "import market.kernel.db, market.deals.rules",
        "market/deals/rules.py": "import market.kernel.money, datetime",
        "market/kernel/db.py": "import sqlalchemy",
    }
    told = lint(tmp_path, straight)
    assert f"Contracts: {len(contracts())} kept, 0 broken." in told


def test_every_contract_can_break(crooked: str) -> None:
    assert f"Contracts: 0 kept, {len(contracts())} broken." in crooked


@pytest.mark.parametrize(
    "arrow",
    [
        "market.deals is not allowed to import market.contracts",
        "market.negotiation is not allowed to import market.auction",
        "market.dataroom",
        "market.listings.models is not allowed to import market.listings.commands",
        "market.registry.views is not allowed to import market.registry.cli",
        "market.accounts.rules is not allowed to import flask",
        "market.turnover.rules is not allowed to import random",
        "market.desk.rules is not allowed to import market.kernel.clock",
        "market.kernel.money is not allowed to import sqlalchemy",
    ],
)
def test_a_crooked_arrow_is_named(arrow: str, crooked: str) -> None:
    assert arrow in crooked
