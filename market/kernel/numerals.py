"""Numbers as Chinese papers write them: clause numbers, and amounts in capital numerals."""

_PLAIN = "零一二三四五六七八九十"
_CAPITAL = "零壹贰叁肆伍陆柒捌玖"
_PLACES = ("", "拾", "佰", "仟")
_MYRIADS = ((10**8, "亿"), (10**4, "万"))


def ordinal(n: int) -> str:
    """A number from 1 to 99 as clauses are numbered: 一, 十, 十一, 二十."""
    if not 1 <= n <= 99:
        raise ValueError(f"clauses are numbered from 1 to 99, not {n}")
    tens, ones = divmod(n, 10)
    return (
        ("" if tens < 2 else _PLAIN[tens]) + ("十" if tens else "") + (_PLAIN[ones] if ones else "")
    )


def capital_yuan(fen: int) -> str:
    """An amount in capital numerals, as cheques and contracts write it: 壹佰贰拾万元整.

    ``fen`` is from 0 to below 10^18. Zeros inside are said once; where the amount ends in yuan or
    jiao, 整 closes it, so that nothing can be written behind it.
    """
    if not 0 <= fen < 10**18:
        raise ValueError(f"{fen} fen cannot be written out")
    yuan, rest = divmod(fen, 100)
    jiao, last = divmod(rest, 10)
    said = (_whole(yuan) + "元") if yuan or not rest else ""
    if jiao:
        said += _CAPITAL[jiao] + "角"
    elif last and yuan:
        said += "零"
    return said + (_CAPITAL[last] + "分" if last else "整")


def _whole(n: int) -> str:
    for unit, name in _MYRIADS:
        if n >= unit:
            high, low = divmod(n, unit)
            gap = "零" if 0 < low < unit // 10 else ""
            return _whole(high) + name + gap + (_whole(low) if low else "")
    digits = [int(d) for d in str(n)]
    said, skipped = "", False
    for place, digit in zip(range(len(digits) - 1, -1, -1), digits, strict=True):
        if digit:
            said += ("零" if skipped and said else "") + _CAPITAL[digit] + _PLACES[place]
        skipped = not digit
    return said or _CAPITAL[0]
