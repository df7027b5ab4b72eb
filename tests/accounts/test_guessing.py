"""Common, breached and context words are refused offline (ASVS 6.2.4, 6.2.11, 6.2.12)."""

import random
import string
from time import process_time

import pytest
from zxcvbn.frequency_lists import FREQUENCY_LISTS

from market.accounts.guessing import OF_THE_MARKET, is_guessable
from market.accounts.rules import Profile, password_refusal

COMMON = FREQUENCY_LISTS["passwords"]


def test_every_common_password_that_is_long_enough_is_refused() -> None:
    long = [each for each in COMMON if len(each) >= 12]
    assert len(long) > 200
    assert [each for each in long if not is_guessable(each)] == []


@pytest.mark.parametrize("ending", ["", "1", "123456", "!!", "2026", "@2026", "abcdef"])
def test_common_passwords_are_refused_with_the_usual_endings(ending: str) -> None:
    stretched = [f"{each}{each if len(each) < 8 else ''}{ending}" for each in COMMON[:3000]]
    found = [each for each in stretched if not is_guessable(each)]
    assert len(found) <= len(stretched) // 40, found[:20]


@pytest.mark.parametrize("word", OF_THE_MARKET)
def test_words_of_the_market_are_worth_nothing(word: str) -> None:
    assert is_guessable(f"{word}-{word.upper()}-{word}123456")


@pytest.mark.parametrize(
    "own", ["zhangsan@firm.example", "Zhang San", "湘江麓行装备有限公司", "zhang.san"]
)
def test_what_is_known_of_a_person_is_worth_nothing(own: str) -> None:
    assert is_guessable(f"{own} 2026!", (own,))
    assert is_guessable(own.swapcase() * 3, (own,))


@pytest.mark.parametrize(
    "password",
    [
        "correct horse battery staple",
        "seven quiet river stones",
        "xkqjzvbwpfmh",
        "七块石头一条安静的船",
        "🪨🌊🚣🏞️🪵🍂🌾🛶",
    ],
)
def test_unrelated_words_and_chance_are_good_passwords(password: str) -> None:
    assert not is_guessable(password)


def test_the_longest_password_is_judged_quickly() -> None:
    chance = random.Random(7)
    password = "".join(chance.choice(string.printable) for _ in range(256))
    is_guessable("warm")
    begun = process_time()
    password_refusal(password, context=("zhang.san@firm.example", "张三"), profile=Profile.ASVS)
    assert process_time() - begun < 0.25
