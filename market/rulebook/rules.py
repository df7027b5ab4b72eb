"""The law as data: parameters with the day from which they hold, their article, their certainty."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from market.kernel.authority import Act, Actor, Role, who_refusal
from market.kernel.refusal import Refusal
from market.kernel.words import N_, Labelled

ALWAYS = date(1985, 4, 1)  # the first Patent Law: nothing here is older
R2026 = date(2026, 3, 1)  # 技术合同认定登记管理办法 in force


class Certainty(Labelled):
    """How sure the market is of a value; shown to the operator wherever the value is."""

    FIRM = "firm", N_("in force")
    DRAFT = "draft", N_("from a consultation draft")
    DESIGN = "design", N_("the market's own choice")
    UNCERTAIN = "uncertain", N_("to be checked")


class Unit(Labelled):
    """What a parameter counts."""

    HOURS = "hours", N_("hours")
    CALENDAR_DAYS = "calendar-days", N_("calendar days")
    WORKING_DAYS = "working-days", N_("working days")
    FEN = "fen", N_("fen")
    FLAG = "flag", N_("on (1) or off (0)")
    BASIS_POINTS = "basis-points", N_("hundredths of a percent")


DAYS = range(1, 3650 + 1)
BOUNDS = {
    Unit.HOURS: range(1, 24 * 30 + 1),
    Unit.CALENDAR_DAYS: DAYS,
    Unit.WORKING_DAYS: DAYS,
    Unit.FEN: range(10**15 + 1),
    Unit.FLAG: range(2),
    Unit.BASIS_POINTS: range(10_000 + 1),
}
"""What a value of each unit can be: no period of no days or of centuries, no sum beyond money's."""


@dataclass(frozen=True)
class Parameter:
    """One value of one parameter from one day on."""

    key: str
    value: int
    unit: Unit
    valid_from: date
    article: str
    certainty: Certainty
    meaning: str


RELATED_SHARE, VERIFIED_FIRST = "party.related_share", "party.verified_before_signing"

_DRAFT_14 = "技术合同认定登记管理办法（2024年12月征求意见稿）14"
_REVIEW = N_("Review of an accepted application")
_RESTART = N_("Corrected papers restart the clock")

SHIPPED = (
    Parameter(
        "reg.review_days",
        30,
        Unit.CALENDAR_DAYS,
        ALWAYS,
        "国科发政字〔2000〕63号",
        Certainty.FIRM,
        _REVIEW,
    ),
    Parameter("reg.review_days", 15, Unit.WORKING_DAYS, R2026, _DRAFT_14, Certainty.DRAFT, _REVIEW),
    Parameter(
        "reg.large_review_days",
        30,
        Unit.WORKING_DAYS,
        R2026,
        _DRAFT_14,
        Certainty.DRAFT,
        N_("Review of a large or disputed contract"),
    ),
    Parameter(
        "reg.large_threshold_tech_value",
        500_000_000,
        Unit.FEN,
        R2026,
        _DRAFT_14,
        Certainty.DRAFT,
        N_("A contract is large from this technology value"),
    ),
    Parameter(
        "reg.restart_clock_on_correction",
        0,
        Unit.FLAG,
        ALWAYS,
        "国科发政字〔2000〕63号 10",
        Certainty.FIRM,
        _RESTART,
    ),
    Parameter(
        "reg.restart_clock_on_correction", 1, Unit.FLAG, R2026, _DRAFT_14, Certainty.DRAFT, _RESTART
    ),
    Parameter(
        "reg.correction_due_days",
        15,
        Unit.CALENDAR_DAYS,
        ALWAYS,
        "REG-16",
        Certainty.DESIGN,
        N_("Time to correct papers"),
    ),
    Parameter(
        "prc.publicity_days",
        15,
        Unit.CALENDAR_DAYS,
        ALWAYS,
        "促进科技成果转化法 18 (PRC-03)",
        Certainty.FIRM,
        N_("Public notice of a negotiated price"),
    ),
    Parameter(
        "neg.offer_days_most",
        90,
        Unit.CALENDAR_DAYS,
        ALWAYS,
        "民法典 481",
        Certainty.DESIGN,
        N_("An offer may stand at most so long"),
    ),
    Parameter(
        RELATED_SHARE,
        2_500,
        Unit.BASIS_POINTS,
        ALWAYS,
        "公司法 265；企业会计准则第36号",
        Certainty.UNCERTAIN,
        N_("Equity that makes two parties related"),
    ),
    Parameter(
        VERIFIED_FIRST,
        0,
        Unit.FLAG,
        ALWAYS,
        "REG-12",
        Certainty.DESIGN,
        N_("A party is verified before it signs"),
    ),
    Parameter(
        "auc.refund_hours",
        24,
        Unit.HOURS,
        ALWAYS,
        "最高法网络司法拍卖规定（法释〔2016〕18号）23",
        Certainty.DESIGN,
        N_("Money that goes back goes back within so long"),
    ),
    Parameter(
        "pay.platform_fee",
        100,
        Unit.BASIS_POINTS,
        ALWAYS,
        "平台规则",
        Certainty.DESIGN,
        N_("The market's fee, out of what a seller is paid on a deal of the market"),
    ),
    Parameter(
        "pay.price_due_days",
        5,
        Unit.WORKING_DAYS,
        ALWAYS,
        "LST-06",
        Certainty.UNCERTAIN,
        N_("Time to pay a price that is paid once"),
    ),
)


UNITS = {parameter.key: parameter.unit for parameter in SHIPPED}
"""What each parameter is amended in: the unit of its latest shipped value."""


class RulebookRefusal(Refusal):
    """Why a parameter is not amended."""

    UNKNOWN_KEY = "unknown-key", N_("There is no such parameter.")
    BEYOND = "beyond", N_("In this unit a value lies between %(least)s and %(most)s.")
    BACKDATED = (
        "backdated",
        N_("A new value may hold from tomorrow at the earliest; the past stays as it was."),
    )
    TAKEN = "taken", N_("A value holds from that day already; choose another day.")

    @property
    def status(self) -> int:
        """The HTTP status of a page that says this: 422 where what was typed can never be."""
        return 422 if self is RulebookRefusal.BEYOND else 409


SEE_LAW = Act("rulebook.see", N_("Read the parameters of the law"), public=True)
AMEND = Act(
    "rulebook.amend",
    N_("Propose, confirm or decline a new value of a parameter"),
    frozenset({Role.OPERATOR}),
    su=True,
    two=True,
)
ACTS = (SEE_LAW, AMEND)


@dataclass(frozen=True)
class Law:
    """The parameters in force on one day, handed to pure rules as a value."""

    on: date
    parameters: Mapping[str, Parameter]

    def __getitem__(self, key: str) -> Parameter:
        return self.parameters[key]

    def number(self, key: str) -> int:
        """The value; a parameter not yet in force on that day is 0."""
        found = self.parameters.get(key)
        return found.value if found else 0

    def flag(self, key: str) -> bool:
        """Whether a switch is on."""
        return self.number(key) != 0


def law_on(on: date, known: Iterable[Parameter]) -> Law:
    """Of each parameter the value with the latest first day that is not after ``on``."""
    in_force: dict[str, Parameter] = {}
    for parameter in sorted(known, key=lambda p: p.valid_from):
        if parameter.valid_from <= on:
            in_force[parameter.key] = parameter
    return Law(on, in_force)


def standing(parameter: Parameter, present: Law) -> str:
    """Whether a value is ``past``, ``present`` or ``coming`` under the law of a day."""
    if parameter.valid_from > present.on:
        return "coming"
    return "present" if present.parameters.get(parameter.key) == parameter else "past"


def amend_refusal(
    by: Actor, key: str, value: int, valid_from: date, today: date, at: datetime
) -> Refusal | None:
    """Only the future is amended: what was decided under a value keeps it."""
    who = who_refusal(AMEND, by, at)
    if who is not None:
        return who
    if key not in UNITS:
        return RulebookRefusal.UNKNOWN_KEY
    if value not in BOUNDS[UNITS[key]]:
        return RulebookRefusal.BEYOND
    if valid_from <= today:
        return RulebookRefusal.BACKDATED
    return None
