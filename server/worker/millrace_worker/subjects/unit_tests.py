"""The statement of a dbt unit test, as its materialization makes it, without the temporary table that it makes.

dbt learns the types of the model's columns from a temporary table. A preview may only read, so they are read from the
description of the same empty query.
"""

from __future__ import annotations

from typing import Any

from dbt.adapters.factory import get_adapter
from dbt.clients.jinja import get_rendered
from dbt.context.providers import generate_runtime_model_context
from dbt.parser.unit_tests import UnitTestManifestLoader

from millrace_worker.dbt.compiler import MemoryCompiler
from millrace_worker.protocol.errors import WorkerError
from millrace_worker.subjects.columns import columns_of

_TEMPLATE = """
{%- set names = expected_rows[0].keys() if (expected_rows | length) > 0 else (types.keys() | list) -%}
{%- set quoted_names = [] -%}
{%- for name in names -%}{%- do quoted_names.append(quoted[name | lower]) -%}{%- endfor -%}
{%- set expected = expected_sql if expected_sql else get_expected_sql(expected_rows, types, quoted) -%}
{{ get_unit_test_sql(tested_sql, expected, quoted_names) }}
"""


def unit_test_sql(config: Any, manifest: Any, definition: Any) -> str:
    """Actual and expected rows, told apart by the column `actual_or_expected`. Raises what dbt raises."""
    if not definition.config.enabled:
        raise WorkerError("INVALID_INPUT", f"The unit test {definition.name} is switched off.")
    unit_manifest = UnitTestManifestLoader(manifest, config, {definition.unique_id}).load()
    node = MemoryCompiler(config).compile_node(
        unit_manifest.nodes[definition.unique_id], unit_manifest, {}, write=False
    )
    context = generate_runtime_model_context(node, config, unit_manifest)
    context["tested_sql"] = node.compiled_code
    empty = get_rendered("{{ get_empty_subquery_sql(tested_sql) }}", context, node)
    columns = columns_of(get_adapter(config), empty)
    context["types"] = {name.lower(): kind for name, kind in columns}
    context["quoted"] = {name.lower(): get_adapter(config).quote(name) for name, _ in columns}
    context["expected_rows"] = node.config.expected_rows
    context["expected_sql"] = node.config.expected_sql
    wanted = [name.lower() for name in (node.config.expected_rows or [{}])[0]]
    unknown = [name for name in wanted if name not in context["types"]]
    if unknown:
        raise WorkerError(
            "DBT_ERROR",
            f"The unit test {definition.name} expects columns that the model does not have: {', '.join(unknown)}.",
        )
    return str(get_rendered(_TEMPLATE, context, node))
