"""Bank statements: who brings them in, and what two persons decide about a line that waits."""

from collections.abc import Sequence
from datetime import date, datetime

from market.bank.sheet import Extract
from market.kernel.authority import Act, Actor, Role, who_refusal
from market.kernel.refusal import Refusal
from market.kernel.words import N_, Labelled


class LineStatus(Labelled):
    """Where a line stands."""

    DONE = "done", N_("Explained")
    WAITS = "waits", N_("Waits at the desk")
    RETURNING = "returning", N_("To be sent back")


class Use(Labelled):
    """What two persons may say that a waiting line is."""

    OBLIGATION = "obligation", N_("Payment of what is owed (number of the obligation)")
    CREDIT = "credit", N_("Free money of a party (number of the party)")
    RETURN = "return", N_("To be sent back to who paid it")
    INTEREST = "interest", N_("Interest, or other money that is the market's own")
    ANSWERS = "answers", N_("The answer to money that left unexplained")
    PAYOUT = "payout", N_("Money on its way out (number of the payout)")
    CHARGE = "charge", N_("A charge of the bank")

    @property
    def named(self) -> bool:
        """Whether it wants the number of what it is for."""
        return self in (Use.OBLIGATION, Use.CREDIT, Use.PAYOUT)

    @property
    def of_credit(self) -> bool:
        """Whether it explains money that came; else money that went."""
        return self not in (Use.PAYOUT, Use.CHARGE)


class BankRefusal(Refusal):
    """Why a statement is not taken, or a line not explained."""

    NO_ACCOUNT = (
        "bank-no-account",
        N_("No bank account is set up for this market, so there are no statements of it."),
    )
    OTHER_KIND = (
        "bank-other-kind",
        N_(
            "Days of this statement were brought in from a file of another kind, in which the same "
            "lines look different. Bring that kind again, or only the days after them."
        ),
    )
    NOTHING = "bank-nothing", N_("No row of the file is a line of a statement.")
    EXPLAINED = "line-explained", N_("This line is explained already.")
    WRONG_WAY = (
        "line-wrong-way",
        N_("That explains money that went the other way."),
    )
    NO_TARGET = "line-no-target", N_("Give the number of what it is for.")
    NO_SUCH = "line-no-such", N_("There is nothing with this number in this currency.")
    NO_WAY_BACK = (
        "line-no-way-back",
        N_("The bank does not say from which account it came; it cannot be sent back."),
    )
    OTHER_SUM = "line-other-sum", N_("The payout is of another amount, or is over.")


SEE = Act(
    "bank.see",
    N_("See bank statements and what waits at the matching desk"),
    frozenset({Role.OPERATOR, Role.AUDITOR}),
    reads=True,
)
IMPORT = Act(
    "bank.import-statement",
    N_("Bring in a bank statement"),
    frozenset({Role.OPERATOR}),
    su=True,
)
MATCH = Act(
    "bank.match",
    N_("Propose, release or decline to whom a line of the statement belongs"),
    frozenset({Role.OPERATOR}),
    su=True,
    two=True,
)
ACTS = (SEE, IMPORT, MATCH)


def import_refusal(
    by: Actor, extract: Extract, others: Sequence[tuple[date, date]], at: datetime
) -> Refusal | None:
    """An operator brings a statement in, of the kind in which its days came before.

    ``others`` are the days that files of another kind brought in. Lines are known again by what a
    kind tells of them, so two kinds of file of one day would count its money twice.
    """
    who = who_refusal(IMPORT, by, at)
    if who is not None:
        return who
    first, last = extract.from_on, extract.to_on
    if first is None or last is None:
        return BankRefusal.NOTHING
    overlaps = any(since <= last and first <= until for since, until in others)
    return BankRefusal.OTHER_KIND if overlaps else None


def explain_refusal(
    by: Actor,
    status: LineStatus,
    use: Use,
    target: int | None,
    at: datetime,
    *,
    came: bool,
    account: str,
) -> Refusal | None:
    """What an operator may say that a waiting line is; ``account`` is where it came from."""
    who = who_refusal(MATCH, by, at)
    if who is not None:
        return who
    if status is not LineStatus.WAITS:
        return BankRefusal.EXPLAINED
    if use.of_credit is not came:
        return BankRefusal.WRONG_WAY
    if use.named and target is None:
        return BankRefusal.NO_TARGET
    if use is Use.RETURN and not account:
        return BankRefusal.NO_WAY_BACK
    return None
