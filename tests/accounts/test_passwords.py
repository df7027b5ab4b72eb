from time import process_time

from market.accounts.passwords import Passwords
from tests import make


def cost(passwords: Passwords, stored: str | None) -> float:
    """The least processor time of some checks of a wrong password."""
    times = []
    for _each in range(5):
        begun = process_time()
        assert passwords.check("not the password", stored) is False
        times.append(process_time() - begun)
    return min(times)


def test_a_password_fits_its_own_hash_only() -> None:
    passwords = Passwords((8, 1))
    stored = passwords.make(make.PASSWORD)
    assert passwords.check(make.PASSWORD, stored)
    assert not passwords.check(make.PASSWORD + " ", stored)
    assert not passwords.check(make.PASSWORD, passwords.make("another"))


def test_nobodys_password_fits_no_account() -> None:
    assert not Passwords((8, 1)).check("nobody has this password", None)


def test_a_check_without_an_account_takes_as_long() -> None:
    passwords = Passwords((19 * 1024, 2))
    known, unknown = cost(passwords, passwords.make(make.PASSWORD)), cost(passwords, None)
    assert 0.5 < unknown / known < 2
