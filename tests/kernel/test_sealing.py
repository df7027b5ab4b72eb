import pytest

from market.kernel.sealing import Sealer, Unsealable

SEALER = Sealer("a key of the test, long enough for a market")
SECRET = "JBSWY3DPEHPK3PXP"


def test_what_was_sealed_opens_again_and_shows_nothing_meanwhile() -> None:
    sealed = SEALER.seal(SECRET, purpose="totp", owner="7")
    assert SEALER.open(sealed, purpose="totp", owner="7") == SECRET
    assert SECRET not in sealed


def test_the_same_text_is_never_sealed_to_the_same_bytes() -> None:
    assert len({SEALER.seal(SECRET, purpose="totp", owner="7") for _ in range(50)}) == 50


def test_a_seal_opens_for_its_purpose_owner_and_market_only() -> None:
    sealed = SEALER.seal(SECRET, purpose="totp", owner="7")
    for sealer, purpose, owner in (
        (SEALER, "flow", "7"),
        (SEALER, "totp", "8"),
        (Sealer("another market's key, as long as the first"), "totp", "7"),
    ):
        with pytest.raises(Unsealable):
            sealer.open(sealed, purpose=purpose, owner=owner)


@pytest.mark.parametrize(
    "broken", ["", "v1.", "v1.AAAA", "v1.!!!", "v2.AAAA", "密", "v1." + "A" * 64]
)
def test_what_is_no_seal_is_refused(broken: str) -> None:
    with pytest.raises(Unsealable):
        SEALER.open(broken, purpose="totp", owner="7")


def test_every_altered_character_is_noticed() -> None:
    sealed = SEALER.seal(SECRET, purpose="totp", owner="7")
    for place in range(3, len(sealed)):
        other = "A" if sealed[place] != "A" else "B"
        altered = sealed[:place] + other + sealed[place + 1 :]
        with pytest.raises(Unsealable):
            SEALER.open(altered, purpose="totp", owner="7")
