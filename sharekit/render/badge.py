"""Badges: one number or key result as a small SVG that stays current wherever an image can stand."""

from __future__ import annotations

from sharekit.artifacts import Artifact
from sharekit.render.charts.model import Subject
from sharekit.results import Result


def badge(subject: Subject, result: Result) -> str:
    """The SVG document: name, value, change or grade, and a sparkline; light, and dark by prefers-color-scheme."""
    raise NotImplementedError


def badge_artifact(subject: Subject, result: Result) -> Artifact:
    """badges/<id>.svg"""
    return Artifact(f"badges/{subject.id}.svg", badge(subject, result).encode())
