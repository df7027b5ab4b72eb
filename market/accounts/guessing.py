"""How many guesses a password stands: common ones, words, names, years and runs come first.

An attacker tries common passwords, words by their frequency, the owner's own names, years, runs of
the keyboard and repetitions, and combines them. The cheapest way to put a password together from
such parts says what it is worth, in bits (as zxcvbn does, whose ranked lists these are). Its own
matcher takes up to 0.7 s for 240 characters; this pass over all short parts takes 20 ms for 256.
"""

from collections.abc import Iterable, Iterator
from functools import cache
from math import log2

from zxcvbn.frequency_lists import FREQUENCY_LISTS

LEAST_BITS = log2(10**8)  # what zxcvbn calls 3 of 4: safe against an unthrottled online attack
SHORTEST_WORD, LONGEST_WORD, LONGEST_NAME = 3, 24, 64
LEAST_RUN = 3
ROWS = (
    *("01234567890", "abcdefghijklmnopqrstuvwxyz", "qwertyuiop", "asdfghjkl", "zxcvbnm"),
    *("1qaz2wsx3edc4rfv5tgb6yhn7ujm", "qazwsxedcrfvtgbyhnujm", "!@#$%^&*()"),
)
RUNS = frozenset(
    line[start:end]
    for row in ROWS
    for line in (row, row[::-1])
    for start in range(len(line))
    for end in range(start + LEAST_RUN, len(line) + 1)
)
OF_THE_MARKET = (
    *("market", "technology", "transfer", "changsha", "zhuzhou", "xiangtan", "hunan", "mima"),
    *("woaini", "5201314", "password", "passw0rd", "admin", "administrator", "root", "operator"),
    *("技术", "市场", "技术市场", "长沙", "株洲", "湘潭", "湖南", "长株潭", "成果", "转化", "密码"),
    *("管理员", "我爱你", "你好", "中国", "大学", "公司"),
)
_LEET = str.maketrans("@4831!0$57", "aabeiiosst")
_SEPARATORS = frozenset(" -_.,;:/+|\u3000")
_YEARS = range(1900, 2100)
_BITS_OF_A_DIGIT, _BITS_OF_A_LETTER, _BITS_OF_ANOTHER = 2.0, log2(10), 8.0


@cache
def _ranks() -> dict[str, int]:
    """Each known word with its best rank among the lists."""
    best: dict[str, int] = {}
    for words in FREQUENCY_LISTS.values():
        for rank, word in enumerate(words, 1):
            if SHORTEST_WORD <= len(word) <= LONGEST_WORD:
                best[word] = min(rank, best.get(word, rank))
    return best | dict.fromkeys(OF_THE_MARKET, 2)


def is_guessable(password: str, own: Iterable[str] = ()) -> bool:
    """Whether a password falls to guessing; ``own`` are names that an attacker would try first.

    Costs grow with the length: hold a password to its greatest length before.
    """
    return bits(password, own) < LEAST_BITS


def bits(password: str, own: Iterable[str] = ()) -> float:
    """The binary logarithm of the guesses that find this password."""
    typed = password.casefold()
    once = _period(typed)
    names = {part for name in own for part in _parts(name.casefold())}
    return _cheapest(once, names) + log2(len(typed) // max(len(once), 1) or 1)


def _parts(name: str) -> Iterator[str]:
    """A name whole and its words, where they are neither too short nor too long to be tried."""
    spaced = "".join(each if each.isalnum() else " " for each in name)
    for part in (name, spaced.replace(" ", ""), *spaced.split()):
        if 1 < len(part) <= LONGEST_NAME:
            yield part


def _period(text: str) -> str:
    """The shortest piece whose repetition (the last one perhaps cut off) is the text."""
    for length in range(1, len(text) // 2 + 1):
        piece = text[:length]
        if (piece * (len(text) // length + 1)).startswith(text):
            return piece
    return text


def _cheapest(text: str, names: set[str]) -> float:
    """The cost of the cheapest way to put the text together; a part used again is nearly free."""
    plain = text.translate(_LEET)
    longest = max(map(len, names | {"-" * LONGEST_WORD}))
    best: list[tuple[float, frozenset[str]]] = [(0.0, frozenset())]
    for end in range(1, len(text) + 1):
        tried = []
        for start in range(max(0, end - longest), end):
            cost, used = best[start]
            part = text[start:end]
            price = 1.0 if part in used else _price(part, plain[start:end], names)
            if price is not None:
                tried.append((cost + price, start, part))
        cost, start, part = min(tried)
        known = best[start][1]
        best.append((cost, known | {part} if len(part) >= SHORTEST_WORD else known))
    return best[-1][0]


def _price(part: str, plain: str, names: set[str]) -> float | None:
    """What one part costs an attacker in bits; None where it is nothing they would try whole."""
    if len(part) == 1:
        return _price_of_one(part)
    if part in names or plain in names:
        return 1.0
    rank = _ranks().get(part)
    if rank is not None:
        return 1 + log2(rank)
    rank = _ranks().get(plain)
    if rank is not None:
        return 2 + log2(rank)
    if part in RUNS:
        return 3 + log2(len(part))
    if len(part) == 4 and part.isascii() and part.isdigit() and int(part) in _YEARS:
        return log2(len(_YEARS))
    if len(part) >= LEAST_RUN and len(set(part)) == 1:
        return 4 + log2(len(part))
    return None


def _price_of_one(each: str) -> float:
    if each in _SEPARATORS:
        return 1.0
    if each.isdigit():
        return _BITS_OF_A_DIGIT
    return _BITS_OF_A_LETTER if each.isascii() else _BITS_OF_ANOTHER
