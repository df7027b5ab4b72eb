"""The auditor's pages: search, one entry, export, cases."""

from collections.abc import Iterator

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user

from market.accounts.sessions import confirmed_by
from market.kernel.authority import Actor, asks
from market.kernel.clock import now
from market.kernel.db import Database, database, reading, transaction
from market.kernel.downloads import kept
from market.kernel.journal import Entry
from market.record import commands
from market.record.exporting import lines as written
from market.record.finding import everything, found, place
from market.record.forms import CaseForm, ExportForm, SearchForm
from market.record.pages import bp, just_noted, line, who
from market.record.queries import Story, names_in
from market.record.rules import CASE, EXPORT, MOST_EXPORTED, SEARCH, FileKind, Wanted, sealed, sight
from market.record.telling import tables

TYPES = {FileKind.CSV: "text/csv; charset=utf-8", FileKind.LINES: "application/x-ndjson"}


@bp.get("/record")
@asks(SEARCH)
def search() -> ResponseReturnValue:
    """Entries by day, act, person, party, thread or hash, the newest first."""
    form, by = SearchForm(request.args), current_user.actor
    with reading() as s:
        hits = found(s, form.wanted, form.before.data) if form.validate() else None
        entries = hits.entries if hits else []
        story = Story(entries, *names_in(s, entries), sight(by))
        return render_template(
            "record/search.html",
            form=form,
            hits=hits,
            lines=[_hit(story, entry, by) for entry in entries],
            asked=form.wanted.facts() if not form.errors else {},
            export=ExportForm(formdata=None, data=form.data),
        ), form.answer


def _hit(story: Story, entry: Entry, by: Actor) -> dict[str, object]:
    told = line(story, entry, words=False)
    if sealed(by, entry.act, tables(entry)):
        told["sentence"] = gettext("%(who)s: read under a case number only", who=who(story, entry))
    return {**told, "thread": entry.thread}


@bp.get("/record/entries/<int:entry_id>")
@asks(SEARCH)
def entry(entry_id: int) -> ResponseReturnValue:
    """One entry whole: facts, before and after, its place in the chain."""
    by = current_user.actor
    with reading() as s:
        here = place(s, entry_id)
        story = Story([here.entry], *names_in(s, [here.entry]), sight(by))
        return render_template(
            "record/entry.html",
            place=here,
            entry=here.entry,
            line=line(story, here.entry, words=True),
            sealed=sealed(by, here.entry.act, tables(here.entry)),
            who=who(story, here.entry),
        )


@bp.post("/record/exports")
@asks(EXPORT)
def export() -> ResponseReturnValue:
    """Note the export with the password again, and lead to the file."""
    form, at, by = ExportForm(), now(), current_user.actor
    if form.validate_on_submit():
        with form.keeping():
            sure = confirmed_by(by, form, at)
            with transaction() as s:
                noted = commands.note_export(s, form.wanted, form.file.data, by=sure, at=at).id
            return redirect(url_for(".exported", entry_id=noted))
    return render_template("record/export.html", form=form), form.answer


@bp.get("/record/exports/<int:entry_id>")
@asks(SEARCH)
def exported(entry_id: int) -> ResponseReturnValue:
    """The file of an export that this auditor has just noted; later it is noted anew."""
    by = current_user.actor
    with reading() as s:
        told = just_noted(s, entry_id, "record.exported", by, now()).told
    kind = FileKind.of(str(told["kind"]))
    asked, upto = told["asked"], told["upto"]
    assert isinstance(asked, dict)
    assert isinstance(upto, int)
    lines = _lines(database(), Wanted.of(asked), upto, kind, by)
    return kept(lines, f"record-{entry_id}.{kind.value}", TYPES[kind])


def _lines(kept: Database, wanted: Wanted, upto: int, kind: FileKind, by: Actor) -> Iterator[str]:
    with kept.reading() as s:
        entries = everything(s, wanted, upto, MOST_EXPORTED)
        yield from written(((e, sealed(by, e.act, tables(e))) for e in entries), kind)


@bp.route("/record/case", methods=["GET", "POST"])
@asks(CASE)
def case() -> ResponseReturnValue:
    """Open a case: its number and why; talks are read under it until it is closed."""
    form = CaseForm()
    if form.validate_on_submit():
        with form.keeping():
            with transaction() as s:
                commands.open_case(
                    s,
                    current_user.sign_in_id,
                    str(form.number.data),
                    str(form.reason.data),
                    by=current_user.actor,
                    at=now(),
                )
            flash(gettext("The case is open. Everything you open now is read under its number."))
            return redirect(url_for(".search"))
    return render_template("record/case.html", form=form), form.answer


@bp.post("/record/case/close")
@asks(CASE)
def close_case() -> ResponseReturnValue:
    """Close the case."""
    with transaction() as s:
        commands.close_case(s, current_user.sign_in_id, by=current_user.actor, at=now())
    flash(gettext("The case is closed."))
    return redirect(url_for(".case"))
