"""What a run of announce did, as a document for machines: for alarms, and for what comes after it in
a pipeline. People stand in it by their keys, never by their addresses."""

from __future__ import annotations

from msgspec import Struct

from sharekit import escape
from sharekit.announce.report import Cause, Ending, Report, causes
from sharekit.errors import ProblemsError, SharekitError, exit_code
from sharekit.record_json import to_plain


class MessageEntry(Struct, frozen=True):
    """One message of this run."""

    keys: tuple[str, ...]
    """Keys in the ledger of the announcements that it carries."""
    recipient: str
    """Key of a person, or `webhook:` and its name."""
    code: str
    """The server's answer as numbers; "" where there was none."""
    why: str
    """Why it was not delivered; "" where it was."""


class Held(Struct, frozen=True):
    """A revision that waits until its query runs."""

    item: str
    title: str
    why: str


class AnnounceDocument(Struct, frozen=True):
    """One run of `sharekit announce`."""

    ending: Ending | None
    """None where a mistake stopped it before anything was sent."""
    exit_code: int
    commit: str | None
    ledger: str | None
    sent: tuple[MessageEntry, ...] = ()
    pending: tuple[MessageEntry, ...] = ()
    """Still to be sent; in a dry run, what would be."""
    refused: tuple[MessageEntry, ...] = ()
    held: tuple[Held, ...] = ()
    causes: tuple[Cause, ...] = ()
    """Why something was not delivered, each once, with all whom it concerns."""
    notes: tuple[str, ...] = ()


def document(report: Report) -> AnnounceDocument:
    """The document of a run that came to its end."""

    def messages(*statuses: str) -> tuple[MessageEntry, ...]:
        return tuple(
            MessageEntry(result.keys, result.recipient, result.deliveries[0].code, result.why)
            for result in report.with_status(*statuses)
        )

    return AnnounceDocument(
        ending=report.ending,
        exit_code=report.exit_code,
        commit=report.commit,
        ledger=report.ledger,
        sent=messages("sent"),
        pending=messages("pending", "claimed"),
        refused=messages("refused"),
        held=tuple(
            Held(
                revision.item,
                revision.title,
                (revision.impact.held if revision.impact else None) or "",
            )
            for revision in report.held
        ),
        causes=causes(report),
        notes=report.notes,
    )


def stopped(error: SharekitError) -> AnnounceDocument:
    """The document of a run that a mistake stopped before anything was sent."""
    if isinstance(error, ProblemsError):
        code = exit_code(error.problems)
        listed_causes = tuple(
            Cause("stopped", f"{problem.place}: {problem.message}", permanent=True)
            for problem in error.problems
        )
    else:
        code = error.exit_code
        listed_causes = (Cause("stopped", error.message, permanent=code != 3),)
    return AnnounceDocument(None, code, None, None, causes=listed_causes)


def to_json(announced: AnnounceDocument) -> str:
    """The document as JSON, ended by a line end."""
    return escape.to_json(to_plain(announced), indent=1) + "\n"
