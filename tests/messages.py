"""The sentences that sharekit can show to a person, read off the source: errors, problems, hints,
help, and all other text of several words. Docstrings count only where they are a command's help.

pytest tests/test_messages.py --update-cases      writes tests/expected/messages.txt
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from functools import cache

from source_trees import PACKAGE, SOURCES, nodes

SHOWN_BY = re.compile(r"Problem|problem|Error|Exception|Refusal|Finding|well|bad|option|argument")
"""Callables whose texts are shown, however short."""
SHOWN_AS = frozenset({"message", "hint", "help", "metavar", "epilog", "short_help", "description"})
COMMANDS = frozenset({"command", "group"})
CODE = re.compile(
    r"\b(SELECT|FROM|WHERE|CREATE|INSERT|PRAGMA|ATTACH|COPY|GROUP BY|ORDER BY|INTERVAL)\b"
    r"|</|/>|\\[dwsb.]|\(\?|=\"|;$|^-"
)
"""What looks like SQL, HTML, a pattern or options of another program."""
WORDS = re.compile(r"[a-z]{2,}[,.;:]? [a-z]{2,}[,.;:]? [a-z]{2,}|[A-Z][a-z]+ [a-z]{2,} [a-z]{2,}")


@cache
def messages() -> str:
    """All of them, by module, in the order of the source."""
    parts = []
    for path in SOURCES:
        sentences = list(dict.fromkeys(_sentences(nodes(path))))
        if sentences:
            name = path.relative_to(PACKAGE.parent).as_posix()
            parts.append("\n".join([f"## {name}", *sentences]) + "\n")
    return "\n".join(parts)


def _sentences(nodes: Sequence[ast.AST]) -> Iterator[str]:
    parents = {child: node for node in nodes for child in ast.iter_child_nodes(node)}
    texts = (node for node in nodes if _is_text(node, parents))
    for node in sorted(texts, key=lambda text: (text.lineno, text.col_offset)):
        text = _text(node)
        if _is_help(node, parents):
            yield " ".join(text.replace("\b", "").split())
        elif not _is_docstring(node, parents) and (
            _is_shown(node, parents) or (WORDS.search(text) and not CODE.search(text))
        ):
            yield text.strip().replace("\n", "\\n")


def _is_text(node: ast.AST, parents: dict[ast.AST, ast.AST]) -> bool:
    whole = isinstance(node, ast.JoinedStr) or (
        isinstance(node, ast.Constant) and isinstance(node.value, str)
    )
    return whole and not isinstance(parents.get(node), ast.JoinedStr | ast.FormattedValue)


def _text(node: ast.AST) -> str:
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(map(_text, node.values))
    assert isinstance(node, ast.FormattedValue)
    return "{" + ast.unparse(node.value) + "}"


def _is_docstring(node: ast.AST, parents: dict[ast.AST, ast.AST]) -> bool:
    return isinstance(parents[node], ast.Expr)


def _is_help(node: ast.AST, parents: dict[ast.AST, ast.AST]) -> bool:
    """Whether it is the docstring of a command, or of a tool that a client reads."""
    function = parents.get(parents[node])
    if not isinstance(parents[node], ast.Expr) or not isinstance(function, ast.FunctionDef):
        return False
    names = {_name(decorator) for decorator in function.decorator_list}
    return function.body[0] is parents[node] and bool(names & COMMANDS)


def _is_shown(node: ast.AST, parents: dict[ast.AST, ast.AST]) -> bool:
    """Whether it is given to what is shown, directly or in an expression of several texts."""
    child, above = node, parents[node]
    while isinstance(above, ast.IfExp | ast.BinOp | ast.keyword | ast.BoolOp):
        if isinstance(above, ast.keyword) and above.arg is not None:
            return above.arg in SHOWN_AS
        child, above = above, parents[above]
    if isinstance(above, ast.Assign):
        names = {target.id for target in above.targets if isinstance(target, ast.Name)}
        return bool(names & SHOWN_AS)
    if not isinstance(above, ast.Call) or child is above.func:
        return False
    return bool(SHOWN_BY.search(_name(above))) and " " in _text(node)


def _name(node: ast.AST) -> str:
    if isinstance(node, ast.Call):
        return _name(node.func)
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")
