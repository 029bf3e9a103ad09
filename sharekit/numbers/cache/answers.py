"""Questions about texts, each answered once as long as what the answer depends on is the same."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

AnswerT = TypeVar("AnswerT")


class Remember(Protocol):
    """Answers a question about texts, or says what was answered before. `inputs`: all that the
    answer depends on, as plain data; `form`: the answer's type."""

    def __call__(
        self,
        question: str,
        inputs: Sequence[object],
        answer: Callable[[], AnswerT],
        form: type[AnswerT],
        /,
    ) -> AnswerT: ...


def answer_anew(
    _question: str, _inputs: Sequence[object], answer: Callable[[], AnswerT], _form: type[AnswerT]
) -> AnswerT:
    """Without a store."""
    return answer()
