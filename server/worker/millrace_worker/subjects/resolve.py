"""From what a person asks to see to the one statement that shows it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from dbt.adapters.factory import get_adapter
from dbt.clients.jinja import get_rendered
from dbt.context.providers import generate_runtime_model_context
from dbt.node_types import NodeType

from millrace_worker.protocol.errors import WorkerError
from millrace_worker.subjects import catalog, ctes, measures
from millrace_worker.subjects.columns import columns_of
from millrace_worker.subjects.dialects import dialect_of
from millrace_worker.subjects.unit_tests import unit_test_sql

What = Mapping[str, Any]
_AROUND = ("count", "profile", "distinct", "profiles")
_OF_TEXT = ("statement", "cte")
_ALL_QUOTED = {"database": True, "schema": True, "identifier": True}


@dataclass
class Subject:
    """What a query runs, and where its errors belong."""

    compiled_code: str | None
    original_file_path: str
    depends_on: list[str] = field(default_factory=list)
    """Unique ids of what it reads."""


def subject_of(what: What | None) -> What:
    """What is shown, or measured: `what` itself unless it measures something."""
    if what is None:
        return {"kind": "statement"}
    inner: What = what["of"] if what["kind"] in _AROUND else what
    return inner


def takes_text(what: What | None) -> bool:
    """Whether it is made of the query's own file or SQL, and so of what the compiled pane shows."""
    return subject_of(what)["kind"] in _OF_TEXT


@dataclass
class Source:
    """What `resolve` needs of a project."""

    config: Any
    manifest: Any
    compile_text: Callable[[], Subject]
    """The query's own file or SQL, compiled."""
    compile_node: Callable[[str], Any]
    """A node of the project, compiled."""
    relation_of: Callable[[Any], Any]
    """The relation that a `ref` or `source` of a node would name."""
    tree_path: Callable[[Any], str]


def resolve(source: Source, what: What | None) -> Subject:
    """The statement of `what`. Raises WorkerError, and what dbt raises while it compiles."""
    adapter = get_adapter(source.config)
    dialect = dialect_of(adapter.type())
    subject = _shown(source, subject_of(what), dialect)
    if what is None or subject.compiled_code is None or what["kind"] not in _AROUND:
        return subject
    sql = subject.compiled_code
    if what["kind"] == "count":
        subject.compiled_code = measures.count(sql, dialect)
        return subject
    if what["kind"] == "profiles":
        subject.compiled_code = measures.profiles(
            sql, columns_of(adapter, measures.column_probe(sql, dialect)), dialect
        )
        return subject
    as_text = _as_text(adapter, measures.column_probe(sql, dialect), what["column"])
    build = measures.profile if what["kind"] == "profile" else measures.distinct
    subject.compiled_code = build(sql, what["column"], dialect, as_text=as_text)
    return subject


def _shown(source: Source, what: What, dialect: str | None) -> Subject:
    match what["kind"]:
        case "statement":
            return source.compile_text()
        case "cte":
            subject = source.compile_text()
            if subject.compiled_code is not None:
                subject.compiled_code = ctes.select_from_cte(
                    subject.compiled_code, what["name"], what["occurrence"], dialect
                )
            return subject
        case "failures":
            return _failures(source, what["uniqueId"], dialect)
        case "verdict":
            return _verdict(source, what["uniqueId"], dialect)
        case "verdicts":
            return _verdicts(source, what["uniqueId"], dialect)
        case "relation":
            return _relation(source, what["uniqueId"])
        case "named":
            return Subject(f"select * from {_named(get_adapter(source.config).Relation, what)}", "")
        case "catalog":
            adapter = get_adapter(source.config)
            return Subject(catalog.relations(adapter.type(), source.config.credentials), "")
        case "catalogColumns":
            return Subject(catalog.columns(get_adapter(source.config).type(), what, dialect), "")
        case kind:
            raise WorkerError("INVALID_INPUT", f"Protocol error: there is no preview of {kind}.")


def _test(source: Source, unique_id: str) -> Any:
    node = source.manifest.nodes.get(unique_id)
    if node is None or node.resource_type != NodeType.Test:
        raise WorkerError(
            "NOT_FOUND",
            f"The project has no test {unique_id.split('.')[2] if unique_id.count('.') > 1 else unique_id}.",
            hint="It may have been renamed or switched off; the list follows when the project is parsed again.",
        )
    return source.compile_node(unique_id)


def _failures(source: Source, unique_id: str, dialect: str | None) -> Subject:
    definition = source.manifest.unit_tests.get(unique_id)
    if definition is not None:
        sql = unit_test_sql(source.config, source.manifest, definition)
        return Subject(sql, source.tree_path(definition), list(definition.depends_on.nodes))
    node = _test(source, unique_id)
    sql, limit = node.compiled_code, node.config.limit
    if sql is not None and limit is not None:
        sql = measures.limited(sql, int(limit), dialect)
    return Subject(sql, source.tree_path(node), list(node.depends_on_nodes))


def _verdict(source: Source, unique_id: str, dialect: str | None) -> Subject:
    """A test's status and its failures, by dbt's own statement and the test's own thresholds."""
    node = _test(source, unique_id)
    return Subject(_verdict_sql(source, node, dialect), source.tree_path(node), list(node.depends_on_nodes))


def _verdict_sql(source: Source, node: Any, dialect: str | None) -> str:
    context = generate_runtime_model_context(node, source.config, source.manifest)
    limit = node.config.limit
    sql = node.compiled_code if limit is None else measures.limited(node.compiled_code, int(limit), dialect)
    context.update(tested_sql=sql, calc=node.config.fail_calc, warn=node.config.warn_if, error=node.config.error_if)
    rendered = get_rendered("{{ get_test_sql(tested_sql, calc, warn, error, none) }}", context, node)
    return measures.verdict(str(rendered), node.config.severity, dialect)


def _verdicts(source: Source, unique_id: str, dialect: str | None) -> Subject:
    """The verdicts of every data test that reads a node: those that `dbt test --select` would run."""
    manifest = source.manifest
    tested = manifest.nodes.get(unique_id) or manifest.sources.get(unique_id)
    if tested is None:
        raise WorkerError("NOT_FOUND", f"The project has no model, seed, snapshot or source {unique_id}.")
    names = sorted(
        (node.name, node.unique_id)
        for node in manifest.nodes.values()
        if node.resource_type == NodeType.Test and unique_id in node.depends_on_nodes
    )
    if not names:
        raise WorkerError(
            "NOT_FOUND", f"{tested.name} has no data tests.", hint="Write some below data_tests in its YAML."
        )
    tests = [(name, _test(source, test)) for name, test in names]
    verdicts = [(name, _verdict_sql(source, node, dialect)) for name, node in tests]
    reads = sorted({read for _, node in tests for read in node.depends_on_nodes})
    return Subject(measures.verdicts(verdicts, dialect), source.tree_path(tested), reads)


def _relation(source: Source, unique_id: str) -> Subject:
    manifest = source.manifest
    node = manifest.nodes.get(unique_id) or manifest.sources.get(unique_id)
    if node is None:
        raise WorkerError("NOT_FOUND", f"The project has no model, seed, snapshot or source {unique_id}.")
    if getattr(node, "is_ephemeral_model", False):
        raise WorkerError(
            "INVALID_INPUT", f"{node.name} is ephemeral: it has no relation of its own.", hint="Preview its SQL."
        )
    if not getattr(node, "relation_name", None):
        raise WorkerError("INVALID_INPUT", f"{node.name} has no relation in the warehouse.")
    sql = f"select * from {source.relation_of(node)}"
    return Subject(sql, source.tree_path(node), [unique_id])


def _named(relation: Any, what: What) -> Any:
    """A relation of the warehouse by its exact name. dbt leaves quotes inside of a name as they are."""
    quote = relation.quote_character
    parts = {"database": "database", "schema": "schema", "name": "identifier"}
    escaped = {
        field: None if what[part] is None else what[part].replace(quote, quote * 2) for part, field in parts.items()
    }
    return relation.create(**escaped, quote_policy=_ALL_QUOTED)


def _as_text(adapter: Any, probe: str, column: str) -> bool:
    """Whether the column's values must be compared as text. Raises WorkerError when there is no such column.

    DuckDB compares everything, and says by itself which columns there are.
    """
    if adapter.type() == "duckdb":
        return False
    types = dict(columns_of(adapter, probe))
    if column not in types:
        raise WorkerError(
            "INVALID_INPUT",
            f"There is no column {column} in these rows.",
            hint=f"There are: {', '.join(list(types)[:30])}.",
        )
    return measures.compares_as_text(types[column])
