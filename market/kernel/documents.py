"""Documents (contract, certificate) printed by Typst: the same facts, the same bytes.

A template is a `.typ` file of a slice. It reads its values with

    #let doc = json(bytes(sys.inputs.values))

so a value is text and never markup: `#read("/etc/passwd")` in a party's name prints as written.
The output is PDF/A-2a (tagged, archival). The template sees its own folder and nothing else; no
network, no system font, no clock: the date comes in with the values.

**Nothing vanishes silently.** The font is Noto Sans SC (30,000 signs). What it cannot draw
(rare Han of Extension B, emoji, other scripts), and what draws as nothing (controls, zero-width and
bidirectional marks, variation selectors) is printed as its code point, `〔U+1F600〕`. A
bidirectional mark could otherwise make an amount read in another order than it was signed in.
"""

import json
import unicodedata
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from importlib.resources import files
from pathlib import Path
from threading import Lock

import segno
import typst
from fontTools.ttLib import TTFont  # type: ignore[import-untyped]

FONT_FOLDER = Path(str(files("justmytype_intl_cjk"))) / "fonts" / "ofl" / "notosanssc"
# Control, format, private use, surrogate, unassigned: no ink, or ink nobody has agreed upon.
_INKLESS = frozenset({"Cc", "Cf", "Co", "Cs", "Cn"})
_VARIATION_SELECTORS = frozenset([*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0)])


class UnfinishedDocument(RuntimeError):
    """A template failed, warned, or asks for a package of the network: a fault of the house."""


def document(template: Path, values: Mapping[str, object], *, dated: datetime) -> bytes:
    """The PDF/A-2a of `template` filled with `values` (JSON types only), dated `dated`.

    Byte-identical for the same template, values and date, in any process. Safe in threads.
    Refuses a naive `dated` (ValueError), values that are not JSON (TypeError, ValueError) and a
    template that fails or only warns (UnfinishedDocument).
    """
    if dated.tzinfo is None:
        raise ValueError("a document is dated by an aware instant")
    text = json.dumps(_visible(values), sort_keys=True, allow_nan=False)
    return _press(template.resolve()).printed(text, int(dated.timestamp()))


def visible(text: str) -> str:
    """`text` with every character that would print as nothing shown as its code point.

    Line ends become line feeds; line feed and tab stay.
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(c if _prints(c) else f"〔U+{ord(c):04X}〕" for c in lines)


def qr_matrix(text: str) -> list[list[bool]]:
    """The modules of a QR code of `text`, error level M, True is dark, without a quiet zone."""
    code = segno.make_qr(text, error="m", boost_error=False)
    return [[bool(module) for module in row] for row in code.matrix]


class _Press:
    """One template with its compiler kept warm; one document at a time."""

    def __init__(self, template: Path) -> None:
        # Typst would fetch `@preview/…` by itself, so a template that names a package is refused.
        if '"@' in template.read_text(encoding="utf-8"):
            raise UnfinishedDocument(f"{template.name} imports a package")
        self._name = template.name
        self._lock = Lock()
        self._compiler = typst.Compiler(
            str(template),
            root=str(template.parent),
            font_paths=_fonts(),
            ignore_system_fonts=True,
        )

    def printed(self, values: str, timestamp: int) -> bytes:
        try:
            with self._lock:
                pdf, warnings = self._compiler.compile_with_warnings(
                    format="pdf",
                    sys_inputs={"values": values},
                    pdf_standards="a-2a",
                    timestamp=timestamp,
                )
        except typst.TypstError as failure:
            raise UnfinishedDocument(f"{self._name}: {failure.diagnostic}") from failure
        if warnings or not isinstance(pdf, bytes):
            raise UnfinishedDocument(f"{self._name}: {[str(w) for w in warnings]}")
        return pdf


@cache  # two threads that meet here at first make two presses; each has its own lock, so no harm
def _press(template: Path) -> _Press:
    return _Press(template)


@cache
def _fonts() -> typst.Fonts:
    return typst.Fonts(
        include_system_fonts=False,
        include_embedded_fonts=False,
        font_paths=[str(FONT_FOLDER)],
    )


@cache
def _drawn() -> frozenset[int]:
    """The code points that have a glyph in the font."""
    (font,) = FONT_FOLDER.glob("*.ttf")
    with TTFont(font, lazy=True) as opened:
        return frozenset(opened.getBestCmap())


def _prints(character: str) -> bool:
    if character in "\n\t":
        return True
    point = ord(character)
    return (
        point in _drawn()
        and point not in _VARIATION_SELECTORS
        and unicodedata.category(character) not in _INKLESS
    )


def _visible(value: object) -> object:
    """`value` with every text inside it made visible."""
    if isinstance(value, str):
        return visible(value)
    if isinstance(value, Mapping):
        return {key: _visible(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_visible(inner) for inner in value]
    return value
