"""What a seller and an operator type about a listing: shape only, the law is in the rules."""

from dataclasses import replace
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, HiddenField
from wtforms.validators import DataRequired, Length, ValidationError

from market.kernel.edits import glimpse, moved
from market.kernel.forms import (
    DayField,
    Form,
    MoneyField,
    PercentField,
    ProseField,
    TextField,
    WholeField,
    WordField,
)
from market.kernel.refusal import insist
from market.kernel.text import Misread
from market.listings.identifiers import (
    PatentNumber,
    PublicationNumber,
    parse_ipc,
    parse_patent_number,
    parse_publication_number,
    parse_us_application,
)
from market.listings.rules import LICENCES_MOST, edited_refusal
from market.listings.sheet import (
    NUMBERED,
    PATENTS,
    AssociateRole,
    EncumbranceFacts,
    EncumbranceKind,
    Funding,
    KeyField,
    LicenceType,
    Maturity,
    Mode,
    OwnerFacts,
    RightFacts,
    RightKind,
    Sheet,
    TechnologyField,
    Way,
    published_kind,
    right_kind,
)

LATER = _l("– may be filled in later –")


class IdentifierField(TextField):
    """A number that names a right; kept as typed, read by the form's own check."""

    def __init__(self, label: Any = None, *args: Any, **kwargs: Any) -> None:
        super().__init__(label, *args, most=40, **kwargs)


class ListingForm(Form):
    """What a seller says of a result, in one column; only the title is needed to begin.

    ``seen`` is the glimpse of the sheet that the page showed; a new draft has none.
    """

    seen = HiddenField()
    title = TextField(
        _l("Title"),
        [DataRequired(_l("Give the result a title."))],
        most=300,
        description=_l("Names the result and what it does, as on the patent."),
    )
    abstract = ProseField(
        _l("Abstract"),
        most=5000,
        description=_l("What it does, for whom, and how far it is. At least 20 characters."),
    )
    technology_field = WordField(_l("Technology field"), TechnologyField, blank=LATER)
    key_field = WordField(_l("Key field of the zone"), KeyField, blank=_l("– none –"))
    maturity = WordField(_l("Maturity"), Maturity, blank=LATER)
    funding = WordField(_l("Source of funds"), Funding, blank=LATER)
    ipc = TextField(
        _l("IPC classes"), most=200, description=_l("Such as A61K 31/00; separate several by ;")
    )
    keywords = TextField(_l("Keywords"), most=300, description=_l("Separate several by ;"))
    way = WordField(_l("Way of transfer"), Way, blank=LATER)
    licence_type = WordField(
        _l("Type of licence"),
        LicenceType,
        blank=_l("– only for a licence –"),
    )
    licences_offered = WholeField(
        _l("Licences offered"),
        most=LICENCES_MOST,
        description=_l("How many ordinary licences are for sale."),
    )
    mode = WordField(_l("How the price is found"), Mode)
    price = MoneyField(
        _l("Price (yuan)"),
        description=_l("Such as 1,200,000.00. With a negotiated price, talks begin here."),
    )
    valuation = MoneyField(
        _l("Appraised value (yuan)"), description=_l("Only where the result was appraised.")
    )
    valuation_note = TextField(
        _l("About the appraisal"), most=300, description=_l("Who appraised it, when, by what.")
    )

    def validate_ipc(self, field: Any) -> None:
        """Bring each class into its normal form."""
        classes = (field.data or "").replace("；", ";").split(";")
        field.data = "; ".join(_read(parse_ipc, part) for part in classes if part.strip())

    def over(self, sheet: Sheet) -> Sheet:
        """The sheet with this form's values in place of its own."""
        return replace(sheet, **{name: self._fields[name].data for name in self.words})

    def over_as_seen(self, sheet: Sheet) -> Sheet:
        """The same, refused where the sheet is no longer as the page showed it."""
        insist(edited_refusal(self.shown(sheet), self.seen.data or ""))
        return self.over(sheet)

    @property
    def words(self) -> list[str]:
        """The fields that say something of the result."""
        return [name for name in self._fields if name not in ("csrf_token", "seen")]

    def shown(self, sheet: Sheet) -> dict[str, object]:
        """What this form shows of a sheet."""
        return {name: getattr(sheet, name) for name in self.words}

    def compare(self, sheet: Sheet) -> None:
        """Show beside what was typed what somebody else wrote meanwhile; it is seen now."""
        self.show_beside(ListingForm.of(sheet), moved(self.seen.data or "", self.shown(sheet)))

    @classmethod
    def of(cls, sheet: Sheet) -> "ListingForm":
        """The form as a page first shows it."""
        made = cls(formdata=None, obj=sheet)
        made.seen.data = glimpse(made.shown(sheet))
        return made


class PartForm(Form):
    """A small form that adds one part to a draft; its ids carry the part's name."""

    part = ""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self:
            field.id = f"{self.part}-{field.id}"

    def grown(self, sheet: Sheet) -> Sheet:
        """The sheet with this part added."""
        raise NotImplementedError


class RightForm(PartForm):
    """One right: what it is, its number, its filing date."""

    part = "rights"
    number = IdentifierField(
        _l("Application or patent number"), description=_l("Such as 201710601862.3 or ZL…")
    )
    publication_number = IdentifierField(
        _l("Publication number"), description=_l("Another number: such as CN114129661A.")
    )
    kind = WordField(_l("Kind of right"), RightKind, blank=_l("– as the number says –"))
    filed_on = DayField(_l("Filing date"))
    title = TextField(_l("Name of the right"), most=300)

    read_number: PatentNumber | None = None
    read_publication: PublicationNumber | None = None

    def validate_number(self, field: Any) -> None:
        """Read the number as its kind of right writes it (IDN-01, IDN-02)."""
        if not field.data:
            return
        kind = self.kind.data
        if kind is RightKind.FOREIGN_PATENT:
            if field.data.upper().startswith("US"):
                field.data = _read(parse_us_application, field.data)
        elif kind is None or kind in NUMBERED:
            self.read_number = _read(parse_patent_number, field.data)

    def validate_publication_number(self, field: Any) -> None:
        """Read the publication number (IDN-03)."""
        if field.data and self.kind.data is not RightKind.FOREIGN_PATENT:
            self.read_publication = _read(parse_publication_number, field.data)

    def validate_kind(self, field: Any) -> None:
        """The kind is chosen or follows from what is typed, and does not contradict it (IDN-03).

        A number alone says nothing of a grant; ``ZL`` and a grant's publication number do.
        """
        read = self.read_number or self.read_publication
        named = right_kind(read.kind) if read else None
        granted = self._granted()
        if field.data is None:
            field.data = granted or self._application()
            faults = self.number.errors or self.publication_number.errors
            if field.data is None and not faults:
                raise ValidationError(self._which())
        elif granted is not None and field.data is RightKind.APPLICATION:
            raise ValidationError(_otherwise(granted))
        elif named is not None and field.data in PATENTS and field.data is not named:
            raise ValidationError(_otherwise(named))

    def _granted(self) -> RightKind | None:
        """The patent that what is typed shows to be granted."""
        if self.read_number is not None and self.read_number.zl:
            return right_kind(self.read_number.kind)
        published = published_kind(self.read_publication) if self.read_publication else None
        return published if published in PATENTS else None

    def _application(self) -> RightKind | None:
        return RightKind.APPLICATION if self.read_publication else None

    def _which(self) -> str:
        if self.read_number is None:
            said = gettext("Choose the kind of right, or give its number.")
        else:
            said = gettext("Choose: a granted patent, or an application not granted yet.")
        return str(said)

    def grown(self, sheet: Sheet) -> Sheet:
        """The sheet with this right added."""
        number = self.read_number.normal if self.read_number else self.number.data
        published = self.publication_number.data
        if self.read_publication:
            published = self.read_publication.normal
        right = RightFacts(
            self.kind.data, self.title.data or "", number or None, published or None,
            self.filed_on.data,
        )  # fmt: skip
        return replace(sheet, rights=(*sheet.rights, right))


class OwnerForm(PartForm):
    """One owner and the share."""

    part = "owners"
    name = TextField(_l("Owner"), [DataRequired(_l("Name the owner."))], most=120)
    share = PercentField(_l("Share in per cent"))
    consents = BooleanField(_l("A co-owner: consents in writing to this transfer"))

    def validate_share(self, field: Any) -> None:
        """More than nothing and no more than the whole."""
        if field.data is None or not 0 < field.data <= 10_000:
            raise ValidationError(gettext("Write a share above 0 and up to 100, such as 33.33."))

    def grown(self, sheet: Sheet) -> Sheet:
        """The sheet with this owner added."""
        owner = OwnerFacts(self.name.data or "", self.share.data or 0, self.consents.data)
        return replace(sheet, owners=(*sheet.owners, owner))


class MakerForm(PartForm):
    """One person who made the result."""

    part = "makers"
    name = TextField(_l("Full name"), [DataRequired(_l("Name the person."))], most=80)

    def grown(self, sheet: Sheet) -> Sheet:
        """The sheet with this person added."""
        return replace(sheet, makers=(*sheet.makers, self.name.data or ""))


class AssociateForm(PartForm):
    """A commissioning or co-developing party."""

    part = "associates"
    role = WordField(_l("Role"), AssociateRole)
    name = TextField(_l("Name"), [DataRequired(_l("Name the party."))], most=120)

    def grown(self, sheet: Sheet) -> Sheet:
        """The sheet with this party added."""
        return replace(
            sheet, associates=(*sheet.associates, (self.role.data, self.name.data or ""))
        )


class EncumbranceForm(PartForm):
    """A pledge, an existing licence or a freeze."""

    part = "encumbrances"
    kind = WordField(_l("What lies on it"), EncumbranceKind)
    holder = TextField(_l("In favour of"), [DataRequired(_l("Name the holder."))], most=120)
    note = TextField(_l("Note"), most=300, description=_l("Scope, term, number of the document."))
    consents = BooleanField(_l("The holder consents in writing to this transfer"))

    def grown(self, sheet: Sheet) -> Sheet:
        """The sheet with this encumbrance added."""
        made = EncumbranceFacts(
            self.kind.data, self.holder.data or "", self.note.data or "", self.consents.data
        )
        return replace(sheet, encumbrances=(*sheet.encumbrances, made))


PART_FORMS: tuple[type[PartForm], ...] = (
    RightForm,
    OwnerForm,
    MakerForm,
    AssociateForm,
    EncumbranceForm,
)


class RemoveForm(Form):
    """Which row was to be removed, as its page showed it."""

    mark = HiddenField()


class ReasonForm(Form):
    """Why the operator sends a listing back."""

    reason = ProseField(
        _l("What the seller should change"),
        [DataRequired(_l("Give a reason.")), Length(max=500)],
        most=500,
    )


def _otherwise(kind: RightKind) -> str:
    return str(gettext("The number says otherwise: %(kind)s.", kind=gettext(kind.label)))


def _read(parse: Any, typed: str) -> Any:
    """Read an identifier; what is refused becomes its sentence at the field."""
    try:
        return parse(typed)
    except Misread as error:
        raise ValidationError(gettext(error.sentence) % error.detail) from error
