"""dbt's Jinja context with macros that are wrapped when a template first looks at them.

dbt wraps every macro of the project, of packages and of itself for each context that it makes (two thirds of what a
warm compile costs), and a template uses a handful. Here the macros are laid out once per set of macros, in dbt's own
order of precedence; a context wraps those that are asked for, and all of them as soon as someone goes through it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from dbt.clients.jinja import MacroGenerator
from dbt.context.base import BaseContext
from dbt.context.macro_resolver import TestMacroNamespace
from dbt.context.macros import MacroNamespace
from dbt.context.manifest import ManifestContext
from dbt.contracts.graph.manifest import Manifest
from dbt.include.global_project import PROJECT_NAME as GLOBAL_PROJECT_NAME

import millrace_worker.dbt.runtime  # noqa: F401  before any other part of dbt
from millrace_worker.dbt.lazy import LazyDict

Macros = Mapping[str, Any]


class Layout:
    """The macros that one package sees, by where dbt looks for them."""

    def __init__(
        self, macros_by_package: Mapping[str, Macros], *, root: str, local: str, internal: tuple[str, ...]
    ) -> None:
        self.packages = {name: dict(macros) for name, macros in macros_by_package.items() if name not in internal}
        self.local = self.packages.get(local, {})
        self.root = self.packages.get(root, {}) if root != local else {}
        self.internal: dict[str, Any] = {}
        for name in reversed(internal):
            self.internal.update(macros_by_package.get(name, {}))
        self.names = {*self.local, *self.root, *self.packages, GLOBAL_PROJECT_NAME, *self.internal}


class Wrapped(LazyDict):
    """Macros by name, each wrapped for one context."""

    def __init__(self, macros: Macros, wrap: Any) -> None:
        super().__init__()
        self._macros = macros
        self._wrap = wrap

    def _names(self) -> Iterable[str]:
        return self._macros

    def _can_make(self, key: object) -> bool:
        return key in self._macros

    def _make(self, key: str) -> Any:
        return self._wrap(self._macros[key])

    def _made_all(self) -> None:
        self._macros = {}


class LazyNamespace(MacroNamespace):  # type: ignore[misc]
    """dbt's namespace of a context."""

    def __init__(self, layout: Layout, context: dict[str, Any], node: Any, stack: Any) -> None:
        wrapped: dict[str, Any] = {}

        def wrap(macro: Any) -> Any:
            generator = wrapped.get(macro.unique_id)
            if generator is None:
                generator = wrapped[macro.unique_id] = MacroGenerator(macro, context, node, stack)
            return generator

        self.layout = layout
        super().__init__(
            global_namespace=Wrapped(layout.root, wrap),
            local_namespace=Wrapped(layout.local, wrap),
            global_project_namespace=Wrapped(layout.internal, wrap),
            packages={name: Wrapped(macros, wrap) for name, macros in layout.packages.items()},
        )

    def _keys(self) -> set[str]:
        return set(self.layout.names)


class LazyContext(LazyDict):
    """The context: what dbt sets, and the namespace above that."""

    _namespace: LazyNamespace | None = None

    def lay(self, namespace: LazyNamespace) -> None:
        """As `update(namespace)`: macros count before what is there already."""
        for key in [key for key in dict.keys(self) if key in namespace.layout.names]:
            self[key] = namespace[key]
        self._namespace = namespace

    def _names(self) -> Iterable[str]:
        return self._namespace.layout.names if self._namespace is not None else ()

    def _can_make(self, key: object) -> bool:
        return self._namespace is not None and key in self._namespace.layout.names

    def _make(self, key: str) -> Any:
        assert self._namespace is not None
        return self._namespace[key]

    def _made_all(self) -> None:
        self._namespace = None


_generation = [0]
_layouts: dict[tuple[str, str, tuple[str, ...]], tuple[Any, int, Layout]] = {}
_add_macro = Manifest.add_macro


def _counted_add_macro(self: Any, source_file: Any, macro: Any) -> None:
    _generation[0] += 1
    _add_macro(self, source_file, macro)


def _layout(manifest: Any, root: str, local: str, internal: tuple[str, ...]) -> Layout:
    by_package = manifest.get_macros_by_package()
    known = _layouts.get((root, local, internal))
    if known is not None and known[0] is by_package and known[1] == _generation[0]:
        return known[2]
    layout = Layout(by_package, root=root, local=local, internal=internal)
    _layouts[root, local, internal] = by_package, _generation[0], layout
    return layout


def _build_namespace(self: Any) -> LazyNamespace:
    builder = self._get_namespace_builder()
    layout = _layout(
        self.manifest, builder.root_package, builder.search_package, tuple(builder.internal_package_names_order)
    )
    self._ctx = LazyContext(self._ctx)
    return LazyNamespace(layout, self._ctx, builder.node, builder.thread_ctx)


def _to_dict(self: Any) -> dict[str, Any]:
    context: dict[str, Any] = BaseContext.to_dict(self)
    if isinstance(self.namespace, TestMacroNamespace):
        context.update(self.namespace.local_namespace)
        context.update(self.namespace.project_namespace)
    elif isinstance(context, LazyContext):
        context.lay(self.namespace)
    else:
        context.update(self.namespace)
    return context


Manifest.add_macro = _counted_add_macro
ManifestContext._build_namespace = _build_namespace
ManifestContext.to_dict = _to_dict
