"""Policy mutants (5.2-10): each row of the table of authority, opened; the matrix must go red."""

from collections.abc import Callable, Iterator

import pytest
from werkzeug.exceptions import NotFound

from market import acts
from market.guards import act_of
from market.kernel.authority import Act
from market.negotiation.rules import ACCEPT, ANSWER, OFFER
from tests import web
from tests.security import asking
from tests.security.matrix import Line
from tests.security.mutants import Mutant, mutants_of, stale_passwords
from tests.security.test_matrix import LINES, deviations
from tests.security.world import IDENTITIES, World

SUSPECTS = ("an", "mh", "rb", "cb", "ed", "to", "gb", "op", "au", "ad", "ca", "sp", "ba", "di")
"""Who is asked first, since most mutants let one of these in; then everybody else."""
ORDER = (*SUSPECTS, *(each for each in IDENTITIES if each not in SUSPECTS))

ALSO_ASKED = {"listing.see-draft": {"/listings/<int:listing_id>"}}
"""Where a rule asks a row beside the one that the route names: a public page of a private thing."""

WITHOUT_ROUTE = {"listing.import"}
"""Acts of the command line: their mutants die in the tests of their rules."""


OF_SIGNATORIES = {"party.keep-members: ignore binding", "party.withdraw-invitation: ignore binding"}
"""Mutants that change nothing: these rules take a signatory's seat alone (``keep_refusal``), which
is stricter than binding, since a transfer office with authority binds and may not."""

UNDER_CASE = "uc"
"""``mh`` in a session with an open case: sees all talks, and only the relation keeps them out."""
BARGAINING = (ACCEPT, ANSWER, OFFER)


def lines_of(world: World, act: Act) -> list[Line]:
    """The lines whose route names this act, those that never existed last."""
    endpoints = {
        rule.rule
        for rule in world.app.url_map.iter_rules()
        if act_of(world.app, rule.endpoint) is act
    }
    also = ALSO_ASKED.get(act.name, set())
    found = [
        line
        for line in LINES
        if line.route in also or (line.route in endpoints and _named(world, line, act))
    ]
    return sorted(found, key=lambda line: line.object == "never")


def _named(world: World, line: Line, act: Act) -> bool:
    adapter = world.app.url_map.bind("localhost")
    try:
        endpoint, _ = adapter.match(asking.path_of(world, line).partition("?")[0], line.method)
    except NotFound:  # a word that the route does not know leads to no page
        return False
    return act_of(world.app, str(endpoint)) is act


def killer(world: World, mutant: Mutant) -> str:
    """Who noticed the mutant, at which line; empty where it lives."""
    for line in lines_of(world, mutant.act):
        for identity in ORDER:
            with mutant.alive():
                if mutant.name == "ignore su":
                    if line.su and line.expected[identity] == "may":
                        with stale_passwords():
                            if asking.ask(world, line, identity).said == "may":
                                return f"{identity} at {line}"
                elif deviations(world, line, identity) or world.leaks:
                    world.leaks.clear()
                    return f"{identity} at {line}"
    return ""


@pytest.fixture
def under_case(world: World) -> Iterator[None]:
    """The many-hatted auditor signs in once more and opens a case."""
    with world.database.undone():
        client = web.sign_in(world.app, world.people["mh"])
        case = {"number": "审2026-7", "reason": "抽查。"}
        assert web.post(client, "/record/case", case).status_code == 302
        world.keep(UNDER_CASE, client)
        yield


def test_who_reads_talks_under_a_case_bargains_in_none(world: World, under_case: None) -> None:
    """Only the relation stands between: without it, each of these acts would be theirs."""
    for act in BARGAINING:
        lines = [line for line in lines_of(world, act) if "may" in line.expected.values()]
        assert lines, act.name
        for line in lines:
            said = asking.ask(world, line, UNDER_CASE)
            assert (said.said, said.changes) == ("403", ()), f"{line}: {said.said}"
        with Mutant(act, "ignore relation").alive():
            told = {asking.ask(world, line, UNDER_CASE).said for line in lines}
        assert told != {"403"}, f"{act.name}: something else keeps them out as well"


def test_the_matrix_kills_the_mutants_of_the_table(
    world: World, figure: Callable[[str, int], None]
) -> None:
    mutants = [m for act in acts.ACTS if act.name not in WITHOUT_ROUTE for m in mutants_of(act)]
    elsewhere = OF_SIGNATORIES | {str(Mutant(act, "ignore relation")) for act in BARGAINING}
    tried = [mutant for mutant in mutants if str(mutant) not in elsewhere]
    survivors = [str(mutant) for mutant in tried if not killer(world, mutant)]
    figure("mutants made", len(mutants))
    figure("mutants killed", len(tried) - len(survivors))
    figure("mutants that change nothing", len(OF_SIGNATORIES))
    figure("mutants killed under an open case", len(BARGAINING))
    for each in survivors:
        figure(f"mutant that lives: {each}", 1)
    assert len(survivors) <= 0.05 * len(mutants), "\n".join(survivors)


def test_a_mutant_is_gone_when_it_was_tried(world: World) -> None:
    """A row that stayed open would open every test after it."""
    for act in acts.ACTS:
        before = repr(act)
        for mutant in mutants_of(act):
            with mutant.alive():
                assert repr(act) != before
            assert repr(act) == before


def test_only_acts_of_the_command_line_have_no_route(world: World) -> None:
    routed = {act_of(world.app, rule.endpoint) for rule in world.app.url_map.iter_rules()}
    assert {act.name for act in acts.ACTS if act not in routed} == WITHOUT_ROUTE
