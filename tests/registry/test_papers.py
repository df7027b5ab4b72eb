"""What the certificate says, and that it says it in the same bytes each time."""

from datetime import datetime, timedelta
from io import BytesIO

from sqlalchemy.orm import Session

from market.kernel.authority import Actor
from market.kernel.documents import qr_matrix
from market.registry import commands as registry
from market.registry.models import Application
from market.registry.papers import certificate, certificate_pdf
from tests import make

BASE = "https://market.example"


def registered(s: Session, at: datetime) -> tuple[Application, Actor, Actor]:
    office = make.office(s, at)
    _, seller = make.party(s, at=at, name='湘江某研究院#read("/etc/passwd")')
    _, buyer = make.party(s, at=at)
    first, second = (make.registrar(s, office, at) for _ in range(2))
    signed = make.contract(s, seller, buyer, at=at)
    return make.registration(s, signed, seller, first, second, at=at), first, second


def test_the_certificate_names_the_facts_of_the_register(session: Session, at: datetime) -> None:
    file, first, second = registered(session, at)
    said = certificate(session, file, BASE)
    fields = dict(said["fields"])  # type: ignore[call-overload]
    assert said["number"] == "2026430100000001"
    assert said["registered_on"] == "2026年3月10日"
    assert said["registrars"] == [first.name, second.name]
    assert said["verify_url"] == f"{BASE}/verify/{file.check_code}"
    assert said["qr"] == qr_matrix(f"{BASE}/verify/{file.check_code}")
    assert fields["合同成交额"] == fields["技术交易额"] == "¥1,000,000.00"
    assert fields["合同类型"].startswith("技术服务合同（")
    assert "#read" in fields["受托人"]
    assert said["cancelled"] is False


def test_the_same_registration_prints_the_same_bytes(session: Session, at: datetime) -> None:
    file, _, _ = registered(session, at)
    pdf = certificate_pdf(session, file, BASE)
    assert pdf == certificate_pdf(session, file, BASE)
    assert BytesIO(pdf).read(5) == b"%PDF-"


def test_a_change_and_a_cancellation_are_said_with_their_days(
    session: Session, at: datetime
) -> None:
    file, first, second = registered(session, at)
    before = certificate_pdf(session, file, BASE)
    for amounts in ((make.yuan(900_000), make.yuan(800_000)), None):
        at += timedelta(minutes=1)
        registry.propose_revision(session, file.id, amounts, "补充协议", by=first, at=at)
        registry.confirm_revision(session, file.id, by=second, at=at)
        session.refresh(file)
    said = certificate(session, file, BASE)
    assert "2026年3月10日变更登记" in str(said["statement"])
    assert "2026年3月10日注销" in str(said["statement"])
    assert said["cancelled"] is True
    assert certificate_pdf(session, file, BASE) != before
