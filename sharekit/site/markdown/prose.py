"""People's Markdown, written anew: what it means is kept, and nothing in it reaches beyond its
place.

The text is parsed as for the pages (`site/prose.py`) and written from the parse, so that a heading,
a fence or a table of theirs cannot pass for one of ours, raw HTML stays text, and links lead only
where the pages' links do."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence

from markdown_it.tree import SyntaxTreeNode
from msgspec import Struct

from sharekit import escape
from sharekit.site import links
from sharekit.site.markdown import write
from sharekit.site.prose import Markdown, TextPage, address_of

_MARKUP = re.compile(r"[\\`*_\[\]<>&~!{\ue000\ue001]|\n")


class ProseWriter(Struct, frozen=True):
    """Writes texts of one place."""

    texts: Markdown
    page: TextPage

    def line(self, text: str) -> str:
        """A text as one line: emphasis, code and links stay."""
        if not _MARKUP.search(text):
            return write.inline_text(text)
        nodes = SyntaxTreeNode(self.texts.line_tokens(text, self.page)).children
        return _Writer(self.page).inline(nodes)

    def block(self, text: str, *, below: int = 1) -> str:
        """A whole text: paragraphs, lists, tables; its headings come `below` so many of ours."""
        return self.with_numbers(text, (), below=below)

    def with_numbers(
        self, text: str, numbers: Sequence[tuple[int, int, str]], *, below: int = 1
    ) -> str:
        """A text whose stretches `text[start:end]` are live numbers, each given as Markdown."""
        spans = [(start, end) for start, end, _ in numbers]
        tokens = self.texts.tokens(text, spans, self.page)
        writer = _Writer(self.page, tuple(written for _, _, written in numbers), below)
        return "\n\n".join(writer.blocks(SyntaxTreeNode(tokens).children))


class _Writer(Struct, frozen=True):
    """Writes a parsed text."""

    page: TextPage
    numbers: Sequence[str] = ()
    below: int = 1

    # -- blocks
    # ------------------------------------------------------------------------------------------------

    def blocks(self, nodes: Iterable[SyntaxTreeNode]) -> Iterator[str]:
        for node in nodes:
            if written := self._block(node):
                yield written

    def _block(self, node: SyntaxTreeNode) -> str:
        match node.type:
            case "heading":
                return write.heading(int(node.tag[1]) + self.below, self._line(node))
            case "fence" | "code_block":
                return write.fence(node.content, (node.info.split() or [""])[0])
            case "hr":
                return "* * *"
            case "blockquote":
                return _indented("\n\n".join(self.blocks(node.children)), "> ", "> ")
            case "bullet_list":
                return self._items(node, lambda _: "- ")
            case "ordered_list":
                first = int(node.attrs.get("start", 1))
                return self._items(node, lambda at: f"{first + at}. ")
            case "table":
                return self._table(node)
        lines = "".join(self._pieces(child.children for child in node.children)).split("\n")
        return "\n".join(write.opening(line) for line in lines)

    def _items(self, node: SyntaxTreeNode, mark: Callable[[int], str]) -> str:
        tight = all(
            child.hidden
            for item in node.children
            for child in item.children
            if child.type == "paragraph"
        )
        items = [
            _indented(
                ("\n" if tight else "\n\n").join(self.blocks(item.children)),
                mark(at),
                " " * len(mark(at)),
            )
            for at, item in enumerate(node.children)
        ]
        return ("\n" if tight else "\n\n").join(items)

    def _table(self, node: SyntaxTreeNode) -> str:
        rows = [list(row.children) for part in node.children for row in part.children]
        right = [
            at for at, cell in enumerate(rows[0]) if "right" in str(cell.attrs.get("style", ""))
        ]
        cells = [[self._line(cell, cell=True) for cell in row] for row in rows]
        return write.table(cells[0], cells[1:], right)

    # -- inside a line
    # -----------------------------------------------------------------------------------------

    def _line(self, node: SyntaxTreeNode, *, cell: bool = False) -> str:
        return self.inline(
            [token for child in node.children for token in child.children], cell=cell
        )

    def inline(self, nodes: Sequence[SyntaxTreeNode], *, cell: bool = False) -> str:
        """All of it on one line."""
        written = "".join(self._pieces([nodes])).replace("\\\n", " ")
        return _bars(written) if cell else written

    def _pieces(self, groups: Iterable[Iterable[SyntaxTreeNode]]) -> Iterator[str]:
        for nodes in groups:
            for node in nodes:
                yield self._piece(node)

    def _piece(self, node: SyntaxTreeNode) -> str:
        inside = "".join(self._pieces([node.children]))
        match node.type:
            case "inline":
                return inside
            case "em":
                return f"*{inside}*"
            case "strong":
                return f"**{inside}**"
            case "s":
                return f"~~{inside}~~"
            case "code_inline":
                return write.code(node.content)
            case "softbreak":
                return " "
            case "hardbreak":
                return "\\\n"
            case "link":
                return write.link(
                    inside, address_of(str(node.attrs.get("href", "")), self.page) or ""
                )
            case "image":
                return self._image(node)
            case "live":
                return self.numbers[int(node.meta["index"])]
        return escape.markdown(node.content)

    def _image(self, node: SyntaxTreeNode) -> str:
        """A picture's words, and a link to it where it stands on the web: the pages show it so
        too."""
        address = str(node.attrs.get("src", ""))
        text = write.inline_text(node.content)
        inside_link = node.parent is not None and node.parent.type == "link"
        return (
            write.link(text or write.inline_text(address), address)
            if links.is_external(address) and not inside_link
            else text
        )


def _indented(text: str, first: str, further: str) -> str:
    """A block with a mark before its first line and room before the others."""
    lines = text.split("\n")
    return "\n".join(
        f"{first if at == 0 else further}{line}".rstrip() for at, line in enumerate(lines)
    )


def _bars(written: str) -> str:
    """A cell whose code spans hold no bar that would end it."""
    return re.sub(r"(?<!\\)\|", r"\\|", written)
