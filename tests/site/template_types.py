"""What a template reads, followed through the types of what it is given.

Jinja looks names up while a page is made, so a misspelled attribute in a branch that no test takes
would be found by a reader. Here every `a.b` of a template is looked up in the types of the views:
through loops, macros and imports. Where a value is a union, one of its types must have the
attribute. What has no type (`Any`) is not followed, and counted."""

from __future__ import annotations

import inspect
import types
import typing
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, is_dataclass
from functools import cache, cached_property
from typing import Any, Literal

from jinja2 import Environment, nodes
from jinja2.runtime import LoopContext

Hint = Any
"""A type as it is written in a hint; Any where there is none."""
Scope = Mapping[str, Hint]
SCALARS = (str, bytes, int, float, bool, complex)


@dataclass(frozen=True)
class MacroOf:
    """A macro, and the template that it is written in."""

    home: str
    body: nodes.Macro = field(repr=False)
    name: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", self.body.name)


class TemplateTypes:
    """The templates of one environment."""

    def __init__(self, environment: Environment) -> None:
        self._environment = environment
        self._page = ""
        self._scope: Scope = {}
        """What the page itself is given: its own macros read that too."""
        self._checked: set[tuple[str, str, str]] = set()
        self.problems: list[str] = []
        self.followed = 0
        """How many attributes were looked up."""
        self.unknown: list[str] = []
        """What was read off something that has no type."""

    def check(self, name: str, scope: Scope) -> None:
        """Look up all that a template reads, given the types of its variables."""
        self._page, self._scope = name, scope
        _Walk(self, name, self.macros(name), scope).body(self.parsed(name).body)

    def parsed(self, name: str) -> nodes.Template:
        return _parsed(self._environment, name)

    def macros(self, name: str) -> dict[str, MacroOf]:
        """Macros by the name that a template calls them: its own, and those of its imports."""
        found = {macro.name: MacroOf(name, macro) for macro in _macros(self._environment, name)}
        for alias, template in self.imports(name).items():
            for called, macro in self.macros(template).items():
                if "." not in called:
                    found[f"{alias}.{called}"] = macro
        return found

    def variables(self, name: str) -> Scope:
        """What a template sets at its top, for its own macros and for those that import it."""
        walk = _Walk(self, name, {}, {})
        walk.body(node for node in self.parsed(name).body if isinstance(node, nodes.Assign))
        return walk.scope

    def imports(self, name: str) -> Mapping[str, str]:
        """Alias of each import -> the template."""
        return _imports(self._environment, name)

    def macro(self, name: str, macro: nodes.Macro, given: Scope) -> None:
        """Look up what a macro reads of what it is given; once for the same types."""
        key = (name, macro.name, repr(sorted(given.items(), key=lambda item: item[0])))
        if key not in self._checked:
            self._checked.add(key)
            around = self._scope if name == self._page else {}
            scope = {**around, **self.variables(name), **given}
            _Walk(self, name, self.macros(name), scope).body(macro.body)


@cache
def _parsed(environment: Environment, name: str) -> nodes.Template:
    assert environment.loader is not None
    source, _, _ = environment.loader.get_source(environment, name)
    return environment.parse(source)


@cache
def _macros(environment: Environment, name: str) -> Sequence[nodes.Macro]:
    return tuple(_parsed(environment, name).find_all(nodes.Macro))


@cache
def _imports(environment: Environment, name: str) -> Mapping[str, str]:
    return {
        node.target: node.template.value
        for node in _parsed(environment, name).find_all(nodes.Import)
        if isinstance(node.template, nodes.Const)
    }


class _Walk:
    """One template, or one macro of it, with what its names are."""

    def __init__(
        self,
        templates: TemplateTypes,
        name: str,
        macros: Mapping[str, MacroOf],
        scope: Scope,
    ) -> None:
        self.templates = templates
        self.name = name
        self.macros = macros
        self.scope = dict(scope)

    def body(self, statements: Iterable[nodes.Node]) -> None:
        for statement in statements:
            self.statement(statement)

    def statement(self, node: nodes.Node) -> None:
        if isinstance(node, nodes.Macro | nodes.Import):
            return
        if isinstance(node, nodes.For):
            inner = _Walk(self.templates, self.name, self.macros, self.scope)
            inner.scope["loop"] = LoopContext
            inner.bind(node.target, element_of(self.type_of(node.iter)))
            inner.body([*([node.test] if node.test else []), *node.body])
            self.body(node.else_)
        elif isinstance(node, nodes.If):
            self.type_of(node.test)
            inner = _Walk(self.templates, self.name, self.macros, self.scope)
            inner.scope |= self._narrowed(node.test)
            inner.body(node.body)
            self.body([*node.elif_, *node.else_])
        elif isinstance(node, nodes.AssignBlock):
            self.body(node.body)
            self.bind(node.target, str)
        elif isinstance(node, nodes.Assign):
            self.bind(node.target, self.type_of(node.node))
        elif isinstance(node, nodes.Expr):
            self.type_of(node)
        else:
            self.body(node.iter_child_nodes())

    def _narrowed(self, test: nodes.Expr) -> Scope:
        """What `block.kind == "link"` says about block."""
        if not isinstance(test, nodes.Compare) or not isinstance(test.expr, nodes.Getattr):
            return {}
        name, (operand, *_) = test.expr.node, test.ops
        if not isinstance(name, nodes.Name) or not isinstance(operand.expr, nodes.Const):
            return {}
        kinds = [
            option
            for option in options(self.scope.get(name.name, Any))
            if operand.op == "eq"
            and operand.expr.value in typing.get_args(attribute_of(option, test.expr.attr))
        ]
        return {name.name: union(kinds)} if kinds else {}

    def bind(self, target: nodes.Node, hint: Hint) -> None:
        if isinstance(target, nodes.Name):
            self.scope[target.name] = hint
        elif isinstance(target, nodes.Tuple):
            parts = _tuple_parts(hint, len(target.items))
            for item, part in zip(target.items, parts, strict=True):
                self.bind(item, part)

    def type_of(self, node: nodes.Expr) -> Hint:
        """The type of an expression, with all that is read in it looked up."""
        if isinstance(node, nodes.Name):
            return self._name(node)
        if isinstance(node, nodes.Getattr):
            return self._attribute(node)
        if isinstance(node, nodes.Call):
            return self._call(node)
        if isinstance(node, nodes.Getitem):
            return self._item(node)
        if isinstance(node, nodes.CondExpr):
            self.type_of(node.test)
            hints = [self.type_of(part) for part in (node.expr1, node.expr2) if part is not None]
            return union(hints)
        if isinstance(node, nodes.Const | nodes.TemplateData):
            return type(node.as_const())
        if isinstance(node, nodes.And | nodes.Or):
            return union([self.type_of(node.left), self.type_of(node.right)])
        if isinstance(node, nodes.Dict):
            values = {pair.key.as_const(): self.type_of(pair.value) for pair in node.items}
            return typing.TypedDict("Literal dictionary", values)  # type: ignore[operator]
        if isinstance(node, nodes.List):
            return tuple[union(map(self.type_of, node.items)), ...]  # type: ignore[misc]
        if isinstance(node, nodes.Tuple):
            return tuple[tuple(map(self.type_of, node.items))]  # type: ignore[misc]
        if isinstance(node, nodes.Filter) and node.name == "batch" and node.node is not None:
            return tuple[self.type_of(node.node), ...]
        for child in node.iter_child_nodes():
            if isinstance(child, nodes.Expr):
                self.type_of(child)
            else:
                self.statement(child)
        return str if isinstance(node, nodes.Filter | nodes.Concat) else Any

    def _name(self, node: nodes.Name) -> Hint:
        if node.name not in self.scope and node.name in self.macros:
            return self.macros[node.name]
        if node.name not in self.scope:
            self._complain(node, f"nothing is called {node.name}")
            return Any
        return self.scope[node.name]

    def _attribute(self, node: nodes.Getattr) -> Hint:
        if isinstance(node.node, nodes.Name):
            template = self.templates.imports(self.name).get(node.node.name)
            if template is not None:
                return self._imported(node, template)
        hints = options(self.type_of(node.node))
        if not hints or Any in hints or object in hints:
            self.templates.unknown.append(f"{self.name}:{node.lineno}: {node.attr}")
            return Any
        self.templates.followed += 1
        results = [
            result for hint in hints if (result := attribute_of(hint, node.attr)) is not None
        ]
        if not results:
            names = " or ".join(sorted(getattr(hint, "__name__", str(hint)) for hint in hints))
            self._complain(node, f"{names} has no {node.attr}")
            return Any
        return union(results)

    def _macro(self, node: nodes.Expr) -> MacroOf | None:
        """The macro that is called: by its name, or by that of the parameter it was given as."""
        if isinstance(node, nodes.Name) and isinstance(self.scope.get(node.name), MacroOf):
            return typing.cast("MacroOf", self.scope[node.name])
        return self.macros.get(_called(node))

    def _imported(self, node: nodes.Getattr, template: str) -> Hint:
        if (macro := self.macros.get(_called(node))) is not None:
            return macro
        variables = self.templates.variables(template)
        if node.attr not in variables:
            self._complain(node, f"{template} has no {node.attr}")
        return variables.get(node.attr, Any)

    def _call(self, node: nodes.Call) -> Hint:
        given = [self.type_of(argument) for argument in node.args]
        named = {keyword.key: self.type_of(keyword.value) for keyword in node.kwargs}
        macro = self._macro(node.node)
        if macro is None:
            return self.type_of(node.node)
        home, body = macro.home, macro.body
        parameters = [parameter.name for parameter in body.args]
        defaults = dict(zip(reversed(parameters), reversed(body.defaults), strict=False))
        scope = {name: self.type_of(value) for name, value in defaults.items()}
        scope |= dict(zip(parameters, given, strict=False)) | named
        if len(given) > len(parameters) or (lost := set(parameters) - scope.keys()):
            self._complain(node, f"{body.name} is not called with what it takes")
            scope |= dict.fromkeys(lost, Any)
        self.templates.macro(home, body, scope)
        return str

    def _item(self, node: nodes.Getitem) -> Hint:
        hint = self.type_of(node.node)
        if isinstance(node.arg, nodes.Const) and isinstance(node.arg.value, int):
            parts = [typing.get_args(option) for option in options(hint)]
            at = node.arg.value
            if all(len(part) > at >= 0 and Ellipsis not in part for part in parts):
                return union(part[at] for part in parts)
        return hint if isinstance(node.arg, nodes.Slice) else element_of(hint)

    def _complain(self, node: nodes.Node, words: str) -> None:
        self.templates.problems.append(f"{self.name}:{node.lineno}: {words}")


def _called(node: nodes.Expr) -> str:
    """The name by which a macro is called; "" where it is none."""
    if isinstance(node, nodes.Name):
        return node.name
    if isinstance(node, nodes.Getattr) and isinstance(node.node, nodes.Name):
        return f"{node.node.name}.{node.attr}"
    return ""


# -- hints ----------------------------------------------------------------------------------------


def union(hints: Iterable[Hint]) -> Hint:
    """One hint for several."""
    return typing.Union[tuple(hints)]  # noqa: UP007


def options(hint: Hint) -> list[Hint]:
    """The types that a value may have, None left out."""
    origin = typing.get_origin(hint)
    if origin in (typing.Union, types.UnionType):
        return [option for part in typing.get_args(hint) for option in options(part)]
    if origin is Literal:
        return sorted({type(value) for value in typing.get_args(hint)}, key=str)
    if origin is typing.Annotated:
        return options(typing.get_args(hint)[0])
    return [] if hint in (None, type(None)) else [hint]


def element_of(hint: Hint) -> Hint:
    """What a loop over a value gives; of a mapping its keys."""
    elements: list[Hint] = []
    for option in options(hint):
        arguments = [part for part in typing.get_args(option) if part is not Ellipsis]
        origin = typing.get_origin(option)
        if origin is tuple:
            elements.extend(arguments)
        elif arguments and origin is not None and issubclass(origin, Iterable):
            elements.append(arguments[0])
        elif option is not str:
            return Any
    return union(elements) if elements else Any


def _tuple_parts(hint: Hint, count: int) -> Sequence[Hint]:
    hints = [typing.get_args(option) for option in options(hint)]
    whole = [parts for parts in hints if len(parts) == count and Ellipsis not in parts]
    if not whole or len(whole) != len(hints):
        return [Any] * count
    return [union(column) for column in zip(*whole, strict=True)]


def attribute_of(hint: Hint, name: str) -> Hint | None:
    """The type of an attribute, of a method what it returns; None where there is none."""
    origin = typing.get_origin(hint) or hint
    is_record = is_dataclass(origin) or hasattr(origin, "__struct_fields__")
    hints = _fields_of(origin) if is_record else _hints_of(origin)
    if name in hints:
        return _with_arguments(hints[name], hint)
    member = inspect.getattr_static(origin, name, None)
    if member is None:
        return None
    if isinstance(member, property):
        return _returned(member.fget)
    if isinstance(member, cached_property):
        return _returned(member.func)
    if isinstance(member, types.FunctionType):
        return _returned(member)
    return str if origin in SCALARS else Any


def _with_arguments(hint: Hint, owner: Hint) -> Hint:
    """The type of a field, with what its generic owner was given: of FoldedList[Row] the Row."""
    parameters = getattr(typing.get_origin(owner), "__parameters__", ())
    given = dict(zip(parameters, typing.get_args(owner), strict=True))
    if isinstance(hint, typing.TypeVar):
        return given.get(hint, Any)
    own = getattr(hint, "__parameters__", ())
    return hint[tuple(given.get(parameter, Any) for parameter in own)] if own else hint


@cache
def _fields_of(origin: Any) -> Mapping[str, Hint]:
    return typing.get_type_hints(origin)


@cache
def _returned(function: Any) -> Hint:
    return typing.get_type_hints(function).get("return", Any)


@cache
def _hints_of(origin: type) -> Mapping[str, Hint]:
    try:
        return typing.get_type_hints(origin)
    except (NameError, TypeError):
        return {}
