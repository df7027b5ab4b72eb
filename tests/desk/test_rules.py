"""In what order things wait."""

from datetime import date

from market.desk.rules import Task, Wait, in_order


def test_what_is_overdue_waits_first_then_what_is_due_then_the_rest() -> None:
    free = Task(Wait.OFFER, "free", "desk.home")
    sign = Task(Wait.SIGN, "sign", "desk.home")
    soon = Task(Wait.FILE, "soon", "desk.home", due_on=date(2026, 3, 1))
    later = Task(Wait.FILE, "later", "desk.home", due_on=date(2026, 4, 1))
    late = Task(Wait.REVIEW, "late", "desk.home", due_on=date(2026, 5, 1), overdue=True)
    assert in_order([sign, free, later, soon, late]) == [late, soon, later, free, sign]
