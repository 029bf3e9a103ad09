"""What a new definition does to a number over its periods and for its members, in sentences that
pages, mails and the terminal share. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date

from sharekit.numbers.formats import format_change, format_period
from sharekit.project.shapes import FiscalYear, Grain
from sharekit.revisions.revision import Impact, MemberEffect, PeriodEffect
from sharekit.wording.english import and_list, capital, count

NAMED = 2
"""Members whose effect is said one by one."""


def reach_words(impact: Impact, unit: str | None, format: str | None, fiscal: FiscalYear) -> str:
    """ "May 2026 is unchanged; 2 of 12 months moved, most in March 2026, by −6 orders. By origin:
    Newark by −0.9 pt, the others by at most 0.1 pt."; "" where there is nothing to say."""

    def change(effect: float) -> str:
        return format_change(effect, None, unit, format)

    sentences = [_periods(impact.over_time, change, fiscal)] if impact.over_time else []
    for dimension in dict.fromkeys(member_effect.dimension for member_effect in impact.members):
        members = [
            member_effect
            for member_effect in impact.members
            if member_effect.dimension == dimension
        ]
        sentences.append(_members(dimension, members, change))
    return " ".join(f"{capital(sentence)}." for sentence in sentences if sentence)


def _periods(effect: PeriodEffect, change: Callable[[float], str], fiscal: FiscalYear) -> str:
    if effect.periods < 2:
        return ""
    if effect.moved == 0:
        moved = f"none of {count(effect.periods, effect.grain)} moved"
    else:
        moved = _moved_periods(effect, change, fiscal)
    gone, new = (count(number, effect.grain) for number in (effect.gone, effect.new))
    phrases = [
        moved,
        f"{gone} no longer {'has' if effect.gone == 1 else 'have'} a value" if effect.gone else "",
        f"{new} {'has' if effect.new == 1 else 'have'} a value now" if effect.new else "",
    ]
    return "; ".join(filter(None, phrases))


def _moved_periods(effect: PeriodEffect, change: Callable[[float], str], fiscal: FiscalYear) -> str:
    newest = _name(effect.newest, effect.grain, fiscal)
    first = (
        f"{newest} is unchanged"
        if effect.newest_effect == 0
        else f"{newest} moved by {change(effect.newest_effect)}"
    )
    how_many = f"{effect.moved} of {count(effect.periods, effect.grain)} moved"
    if effect.moved == effect.periods:
        periods = f"all {count(effect.periods, effect.grain)}"
        how_many = f"{periods if effect.periods > 2 else f'both {effect.grain}s'} moved"
    if effect.most == effect.newest:
        return f"{first}; {how_many}" + (", none by more" if effect.moved > 1 else "")
    when = f"{'on' if effect.grain == 'day' else 'in'} {_name(effect.most, effect.grain, fiscal)}"
    which = f", most {when}," if effect.moved > 1 else f", {when},"
    return f"{first}; {how_many}{which} by {change(effect.most_effect)}"


def _name(start: date, grain: Grain, fiscal: FiscalYear) -> str:
    """A period inside a sentence, with its year: "the week of 4 Feb 2013", "March 2026"."""
    the = "the " if grain == "week" else ""
    return f"{the}{format_period(start, grain, year=True, fiscal=fiscal)}"


def _members(
    dimension: str, members: Sequence[MemberEffect], change: Callable[[float], str]
) -> str:
    moved = [member_effect for member_effect in members if member_effect.effect]
    phrases = [
        f"{member_effect.member} by {change(member_effect.effect or 0.0)}"
        for member_effect in moved[:NAMED]
    ]
    other_members = [
        member_effect
        for member_effect in members
        if member_effect.state == "both" and member_effect not in moved[:NAMED]
    ]
    if phrases and other_members:
        most = abs(other_members[0].effect or 0.0)
        others = "the other" if len(other_members) == 1 else "the others"
        size = change(most).removeprefix("+")
        at_most = "by at most " if len(other_members) > 1 else "by "
        phrases.append(f"{others} {at_most}{size}" if most else f"{others} not at all")
    for state, state_words in (("gone", "no longer counted"), ("new", "counted now")):
        if names := [
            member_effect.member for member_effect in members if member_effect.state == state
        ]:
            phrases.append(f"{state_words}: {_few(names)}")
    return f"by {dimension.replace('_', ' ')}: {', '.join(phrases)}" if phrases else ""


def _few(names: Sequence[str]) -> str:
    listed_names = list(names[:NAMED])
    more = len(names) - len(listed_names)
    return and_list([*listed_names, f"{more} more"] if more else listed_names)
