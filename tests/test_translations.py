"""Both languages are complete: every sentence in the code has its Chinese, with the same places."""

import re
from collections import Counter

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po
from jinja2 import Environment, nodes

from tests.engines import ROOT

METHODS = [("**.py", "python"), ("**/templates/**.html", "jinja2")]
KEYWORDS = {
    **dict.fromkeys(("_", "gettext", "N_", "_l", "lazy_gettext")),
    **dict.fromkeys(("ngettext", "lazy_ngettext"), (1, 2)),
}
CHINESE = ROOT / "market/translations/zh_Hans/LC_MESSAGES/messages.po"
PLACE = re.compile(r"%\((\w+)\)[sd]")


@pytest.fixture(scope="module")
def said() -> dict[str, str]:
    """Each sentence marked in code and templates, and where it stands first."""
    found: dict[str, str] = {}
    for path, line, sentence, *_ in extract_from_dir(ROOT / "market", METHODS, keywords=KEYWORDS):
        singular = sentence if isinstance(sentence, str) else sentence[0]
        found.setdefault(singular, f"market/{path}:{line}")
    return found


@pytest.fixture(scope="module")
def chinese() -> Catalog:
    with CHINESE.open("rb") as source:
        return read_po(source, locale="zh_Hans")


def strings(message: Message) -> list[str]:
    """The Chinese of a message: one string, or one per plural form."""
    return [message.string] if isinstance(message.string, str) else list(message.string or ("",))


def incomplete(said: dict[str, str], chinese: Catalog) -> list[str]:
    """What has no Chinese yet, with its place."""
    faults = []
    for sentence, place in sorted(said.items(), key=lambda item: item[1]):
        message = chinese.get(sentence)
        if message is None or not all(strings(message)):
            faults.append(f"{place} has no Chinese: {sentence!r}")
        elif message.fuzzy:
            faults.append(f"{place} has guessed Chinese: {sentence!r}")
    return faults


def misplaced(chinese: Catalog) -> list[str]:
    """Translations that fill other places than their sentence does."""
    return [
        f"{message.id!r} and {text!r} name different places"
        for message in chinese
        if message.id
        for text in strings(message)
        if text and Counter(PLACE.findall(text)) != Counter(PLACE.findall(_longest(message)))
    ]


def _longest(message: Message) -> str:
    # Chinese has one form for any number: it is held against the plural.
    return message.id if isinstance(message.id, str) else message.id[-1]


def test_every_sentence_has_its_chinese(said: dict[str, str], chinese: Catalog) -> None:
    faults = incomplete(said, chinese)
    assert not faults, "\n" + "\n".join(faults)


def test_every_translation_fills_the_same_places(chinese: Catalog) -> None:
    faults = misplaced(chinese)
    assert not faults, "\n" + "\n".join(faults)


def spoken_early(templates: dict[str, str]) -> list[str]:
    """Words at the top of an imported template: evaluated once, in the first reader's language."""
    trees = {name: Environment(autoescape=True).parse(text) for name, text in templates.items()}
    drawn_on = [each.template for t in trees.values() for each in t.find_all(nodes.FromImport)]
    drawn_on += [each.template for t in trees.values() for each in t.find_all(nodes.Import)]
    imported = {template.as_const() for template in drawn_on}
    return [
        f"{name}:{call.lineno} calls {call.node.name} at its top"
        for name in sorted(imported)
        for part in trees[name].body
        if not isinstance(part, nodes.Macro)
        for call in part.find_all(nodes.Call)
        if isinstance(call.node, nodes.Name) and call.node.name in {"_", "gettext", "ngettext"}
    ]


def test_no_imported_template_keeps_the_language_of_its_first_reader() -> None:
    assert not spoken_early(
        {
            str(path).partition("templates/")[2]: path.read_text(encoding="utf-8")
            for path in (ROOT / "market").rglob("templates/**/*.html")
        }
    )


def test_words_at_the_top_of_an_imported_template_are_named() -> None:
    page = "{% from '_x.html' import told %}{% set words = _('Home') %}{{ told() }}"
    inside = "{% macro told() %}{% set words = _('Deal') %}{{ words }}{% endmacro %}"
    assert spoken_early({"page.html": page, "_x.html": inside}) == []
    top = "\n{% set stages = {'deal': _('Deal')} %}" + inside
    assert spoken_early({"page.html": page, "_x.html": top}) == ["_x.html:2 calls _ at its top"]


def test_a_missing_an_empty_and_a_guessed_translation_are_named() -> None:
    catalog = Catalog(locale="zh_Hans")
    catalog.add("Offer", "报价")
    catalog.add("Empty", "")
    catalog.add("Guessed", "猜", flags=["fuzzy"])
    said = {"Offer": "a:1", "Empty": "a:2", "Guessed": "a:3", "Missing": "a:4"}
    assert incomplete(said, catalog) == [
        "a:2 has no Chinese: 'Empty'",
        "a:3 has guessed Chinese: 'Guessed'",
        "a:4 has no Chinese: 'Missing'",
    ]


def test_a_lost_place_is_named() -> None:
    catalog = Catalog(locale="zh_Hans")
    catalog.add("At least %(least)s", "至少")
    assert misplaced(catalog) == ["'At least %(least)s' and '至少' name different places"]
