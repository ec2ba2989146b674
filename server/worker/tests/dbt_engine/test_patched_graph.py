"""The patched graph equals a full parse, whatever is edited in whatever order; a fork parses without its parent."""

from __future__ import annotations

import copy
import os
import random
from pathlib import Path
from typing import Any

import pytest
from engine_client import Opened, open_project

from millrace_worker.dbt.edges import forget_whole, whole_of
from millrace_worker.dbt.layer import shallow

SEEDS = int(os.environ.get("MILLRACE_EDIT_SEEDS", "6"))
"""How many random walks; more of them where there is time."""

EDITS: dict[str, list[str | None]] = {
    "models/staging/stg_orders.sql": [
        None,
        "{{ config(materialized='ephemeral') }}select 1 as order_id, 2 as customer_id, 3 as amount",
        "{{ config(tags=['odd'], alias='orders_renamed') }}select * from {{ ref('raw_orders') }}",
        "select * from {{ ref('nowhere') }}",
        "select {{ ref('raw_orders' }}",
    ],
    "models/marts/customer_orders.sql": [
        None,
        "{{ config(schema='other') }}select * from {{ ref('stg_orders') }}, {{ source('raw', 'payments') }}",
        "{{ config(enabled=false) }}select 1",
        "{% for i in range(2) %}select {{ i }}{% if not loop.last %} union all {% endif %}{% endfor %}",
    ],
    "models/marts/added.sql": [None, "select * from {{ ref('customer_orders') }}", "select * from {{ ref('paid') }}"],
    "models/marts/paid.sql": [None, "DELETED"],
    "models/marts/prices_v1.sql": [None, "select 3 as price, 'three' as me"],
    "macros/plain.sql": [
        None,
        "{% macro doubled(c) %}{{ c }} * 2{% endmacro %}\n"
        "{% macro listed(cs) %}{% for c in cs %}{{ c }}{% endfor %}{% endmacro %}",
        "{% macro doubled(c) %}({{ c }} + {{ c }}){% endmacro %}\n"
        "{% macro listed(cs) %}{% for c in cs %}{{ c | upper }}{% if not loop.last %},{% endif %}{% endfor %}"
        "{% endmacro %}",
        "{% macro doubled(c) %}{{ ref('raw_orders') }}{% endmacro %}\n"
        "{% macro listed(cs) %}{{ doubled(1) }}{% endmacro %}",
        "{% macro doubled(c) %}{{ c }} * {{ var('factor', 3) }}{% endmacro %}\n"
        "{% macro listed(cs) %}{{ var('nobody') }}{% endmacro %}",
    ],
    "models/marts/doubled.sql": [
        None,
        "select {{ doubled('amount') }}, {{- listed(['a', 'b']) -}} from {{ ref('stg_orders') }}",
        "{{ config(tags=[doubled('tag')]) }}select {{ doubled('amount') }} from {{ ref('stg_orders') }}",
    ],
    "macros/names.sql": [
        None,
        "{% macro positive(c) %}{{ c }} >= 1{% endmacro %}{% macro row_count(r) %}0{% endmacro %}",
    ],
    "macros/more.sql": [None, "{% macro more() %}more{% endmacro %}", "{% macro more( %}"],
    "models/staging/docs.md": [None, "{% docs orders %}Other words.{% enddocs %}"],
    "models/staging/schema.yml": [
        None,
        "version: 2\nsources:\n  - name: raw\n    tables: [{name: payments, identifier: pay}]\n"
        "models:\n  - name: stg_orders\n    config: {tags: [daily]}\n    columns:\n      - name: order_id\n"
        "        data_tests: [not_null]\n",
        "version: 2\nmodels:\n - name: [\n",
    ],
    "models/staging/named_customers.sql": [
        None,
        "{{ config(materialized='view', access='private', group='desk') }}select 1 as customer_id, 'a' as name",
        "select {{ more() }} as customer_id, 'b' as name -- {{ source('raw', 'refunds') }}",
    ],
    "models/staging/more.yml": [
        None,
        "version: 2\nsources:\n  - name: raw\n    schema: other\n    tables: [{name: refunds, data_tests: []}]\n",
        "version: 2\nsources:\n  - name: more\n    tables:\n      - name: refunds\n        columns:\n"
        "          - name: id\n            data_tests: [unique, {relationships: "
        "{arguments: {to: ref('order_log'), field: id}}}]\n",
        "version: 2\ngroups:\n  - name: desk\n    owner: {name: Desk}\nmodels:\n  - name: order_log\n"
        "    description: \"{{ doc('orders') }} {{ doc('more') }}\"\n    columns:\n"
        "      - {name: order_id, description: \"{{ doc('orders') }}\", data_tests: [unique]}\n",
        "version: 2\nmodels:\n  - description: without a name\n",
        "version: 2\nmodels:\n  - name: paid\n    config: {enabled: false}\n"
        "  - name: stg_customers\n    meta: {a: 1}\n",
    ],
    "models/marts/schema.yml": [
        None,
        "version: 2\nmodels:\n  - name: customer_orders\n    columns: [{name: name, data_tests: [not_null]}]\n"
        "  - name: prices\n    latest_version: 1\n    versions: [{v: 1}, {v: 2}]\nexposures:\n  - name: board\n"
        "    type: dashboard\n    owner: {name: Eve}\n    depends_on: [ref('order_log')]\n",
        "version: 2\nmodels:\n  - name: prices\n    latest_version: 2\n    versions: [{v: 1}, {v: 2}]\n"
        "  - name: paid\n    columns: [{name: id, data_tests: [{positive_values: {}}]}]\n",
    ],
    "models/marts/docs.md": [None, "{% docs more %}More words.{% enddocs %}"],
    "macros/test_positive_values.sql": [
        None,
        "{% test positive_values(model, column_name) %}select * from {{ model }} where {{ column_name }} < 0"
        "{% endtest %}",
        "{% test positive_values(model, column_name) %}{{ config(severity='warn') }}select 1{% endtest %}",
    ],
    "analyses/top_orders.sql": [None, "select * from {{ ref('order_log') }}", "DELETED"],
    "tests/no_negative_amounts.sql": [None, "select 1 from {{ ref('order_log') }}", "DELETED"],
    "seeds/raw_customers.csv": [None, "customer_id,name,more\n1,Eve,2\n"],
    "snapshots/orders_snapshot.sql": [None, "DELETED"],
}
VOLATILE = (
    "created_at",
    "build_path",
    "compiled_path",
    # only state comparison reads these; dbt's partial parse and its static parser leave others than a full parse
    "unrendered_config",
    "unrendered_config_call_dict",
    "unrendered_schema",
    "unrendered_database",
)


def _plain(value: Any) -> Any:
    """A node as data, without what differs between any two parses."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items() if key not in VOLATILE}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value


def graph_of(opened: Opened) -> dict[str, Any]:
    manifest = opened.project.graph.manifest
    graph: dict[str, Any] = {}
    for kind in ("nodes", "sources", "exposures", "unit_tests", "docs"):
        for unique_id, node in getattr(manifest, kind).items():
            graph[unique_id] = _plain(node.to_dict())
            depends_on = graph[unique_id].get("depends_on")
            if depends_on:
                depends_on["macros"] = sorted(depends_on.get("macros", []), key=str)
    for unique_id, macro in manifest.macros.items():
        if macro.package_name in ("little", "helpers"):
            graph[unique_id] = _plain(macro.to_dict())
    graph["disabled"] = sorted(manifest.disabled)
    return graph


def difference(key: str, ours: dict[str, Any], theirs: dict[str, Any]) -> Any:
    """What of one node differs, short enough to read."""
    one, other = ours.get(key), theirs.get(key)
    if one == other:
        return None
    if not isinstance(one, dict) or not isinstance(other, dict):
        return key, one if one is None else "ours", other if other is None else "theirs"
    return key, {
        name: (one.get(name), other.get(name)) for name in {**one, **other} if one.get(name) != other.get(name)
    }


def put_aside_what_is_broken(opened: Opened) -> None:
    """The last good state of such a file is a matter of its history. All that is unsaved goes, where saved files are
    at odds with it."""
    graph = opened.project.graph
    for _ in range(2 * len(EDITS)):
        opened.settle()
        broken = list(graph.errors)
        if not broken:
            return
        for path in broken if set(broken) <= set(graph.tree.overlay) else list(graph.tree.overlay):
            opened.lay(path, None)


def write_overlay(opened: Opened, folder: Path) -> None:
    """What is unsaved, saved."""
    for path, text in opened.project.graph.tree.overlay.items():
        file = folder / path
        if text is None:
            file.unlink(missing_ok=True)
        else:
            file.write_text(text)


def whole_graph(manifest: Any) -> dict[str, Any]:
    """What is kept of a whole manifest, as data."""
    whole = whole_of(manifest)
    return {
        "children": manifest.child_map,
        "parents": manifest.parent_map,
        "callers": _filled(whole.callers),
        "named": _filled(whole.named),
        "aliased": _filled(whole.aliased),
        "models": whole.models,
        "refs": _filled(manifest.ref_lookup.storage),
        "docs": manifest.doc_lookup.storage,
        "sources": manifest.source_lookup.storage,
    }


def assert_what_is_kept(opened: Opened) -> None:
    """It is that of the last parse: nodes that were patched since stand aside."""
    graph = opened.project.graph
    patched = {unique_id: graph.base.nodes[unique_id] for unique_id in graph._originals}
    graph.base.nodes.update(graph._originals)
    kept, fresh = whole_graph(graph.base), fresh_whole_graph(graph.base)
    assert [name for name in kept if kept[name] != fresh[name]] == []
    graph.base.nodes.update(patched)


def _filled(entries: dict[Any, Any]) -> dict[Any, Any]:
    return {key: value for key, value in entries.items() if value}


def fresh_whole_graph(manifest: Any) -> dict[str, Any]:
    """The same, made anew."""
    twin = shallow(manifest)
    twin._ref_lookup = twin._doc_lookup = twin._source_lookup = None
    forget_whole(twin)
    return whole_graph(twin)


@pytest.mark.parametrize("seed", range(SEEDS))
def test_random_edits_end_in_the_graph_of_a_full_parse(
    project_folder: Path, built: Path, little: Opened, seed: int
) -> None:
    choice = random.Random(seed)
    for _ in range(14):
        path = choice.choice(list(EDITS))
        text = choice.choice(EDITS[path])
        little.lay(path, None if text == "DELETED" else text, deleted=text == "DELETED")
        if choice.random() < 0.5:
            little.settle()
            assert_what_is_kept(little)
    put_aside_what_is_broken(little)
    assert little.project.error is None
    write_overlay(little, project_folder)
    ours, theirs = graph_of(little), graph_of(open_project(project_folder, {"path": str(built / "little.duckdb")}))
    assert list(filter(None, (difference(key, ours, theirs) for key in {**ours, **theirs}))) == []


BROKEN = (
    "{{ config(mat",
    "select * from {{ ref('nowhere') }}",
    "{{ config(access='private', group='nobody') }} select 1",
)


@pytest.mark.parametrize("seed", range(SEEDS))
def test_nothing_of_a_broken_file_stays(project_folder: Path, little: Opened, seed: int) -> None:
    """Broken, changed on disk below the unsaved text, mended or withdrawn, in any order; guards against a file's YAML
    that was applied twice ("two schema.yml entries")."""
    choice = random.Random(seed)
    before = {path: (project_folder / path).read_text() for path in EDITS if (project_folder / path).exists()}
    first = graph_of(little)
    for _ in range(12):
        path = choice.choice(list(before))
        match choice.randrange(4):
            case 0:
                little.lay(path, choice.choice(BROKEN) if path.endswith(".sql") else "version: 2\nmodels:\n - name: [")
            case 1:
                (project_folder / path).write_text(before[path] + "\n" * choice.randrange(3))
                little.project.files_changed([path])
            case 2:
                little.lay(path, before[path] + "\n\n")
            case _:
                little.lay(path, None)
        if choice.random() < 0.5:
            little.settle()
    for path, text in before.items():
        (project_folder / path).write_text(text)
        little.lay(path, None)
    little.project.files_changed(list(before))
    little.settle()
    assert little.project.error is None
    ours = graph_of(little)
    assert list(filter(None, (difference(key, ours, first) for key in {**ours, **first}))) == []


def test_what_only_prints_a_macro_is_not_parsed_again(little: Opened) -> None:
    plain, printed, looked_at = EDITS["macros/plain.sql"], *EDITS["models/marts/doubled.sql"][1:]
    nodes = little.project.graph.manifest.nodes
    for text, again in ((printed, False), (looked_at, True)):
        little.lay("macros/plain.sql", plain[1])
        little.lay("models/marts/doubled.sql", text)
        little.settle()
        before = nodes["model.little.doubled"]
        little.lay("macros/plain.sql", plain[2])
        little.settle()
        assert little.project.error is None
        assert (nodes["model.little.doubled"] is not before) == again
        assert "(amount + amount)" in str(little.sql("models/marts/doubled.sql"))
    little.lay("macros/plain.sql", plain[3])
    little.settle()
    assert "seed.little.raw_orders" in nodes["model.little.doubled"].depends_on.nodes


def test_a_variable_that_a_macro_prints_leaves_its_callers_alone(little: Opened) -> None:
    nodes = little.project.graph.manifest.nodes
    macro = "{{% macro doubled(c) %}}{{{{ c }}}} * {{{{ var('factor', {}) }}}}{{% endmacro %}}"
    little.lay("macros/plain.sql", macro.format(3))
    little.lay("models/marts/doubled.sql", "select {{ doubled('amount') }} from {{ ref('stg_orders') }}")
    little.settle()
    before = nodes["model.little.doubled"]
    little.lay("macros/plain.sql", macro.format(4))
    little.settle()
    assert nodes["model.little.doubled"] is before
    assert "amount * 4" in str(little.sql("models/marts/doubled.sql"))
    # a project's own `var` is a macro like any other
    little.lay("macros/var.sql", "{% macro var(name, default) %}{{ ref('raw_orders') }}{% endmacro %}")
    little.lay("macros/plain.sql", macro.format(5))
    little.settle()
    assert "seed.little.raw_orders" in nodes["model.little.doubled"].depends_on.nodes


def test_a_patch_that_fails_is_taken_back_whole(little: Opened) -> None:
    manifest = little.project.graph.manifest
    before = graph_of(little), copy.deepcopy(whole_graph(manifest)), _files(manifest)
    for path, text in (
        ("models/staging/schema.yml", "version: 2\nmodels:\n  - name: stg_orders\n    config: {materialized: 1}\n"),
        ("models/marts/schema.yml", "version: 2\nmodels:\n  - name: paid\n  - name: paid\n"),
        ("models/marts/other.yml", "version: 2\nmodels:\n  - name: customer_orders\n    description: twice\n"),
        ("macros/names.sql", "{% macro positive(c) %}{{ ref('nowhere') }}{% endmacro %}"),
        ("models/marts/customer_orders.sql", "{{ config(group='nobody') }} select 1"),
    ):
        little.lay(path, text)
        little.settle()
        assert path in little.project.graph.errors
        assert (graph_of(little), whole_graph(manifest), _files(manifest)) == before
        little.lay(path, None)
        little.settle()
    assert little.project.error is None


def test_models_of_one_yaml_file_are_parsed_one_after_another(little: Opened) -> None:
    """Each new file has dbt parse along what is unsaved: what it did for the first must not be done for it again."""
    little.lay("models/staging/stg_orders.sql", "select 1 as order_id, 2 as customer_id, 3 as amount")
    little.lay("models/marts/added.sql", "select 1 as added")
    little.settle()
    little.lay("models/staging/stg_customers.sql", "select 1 as customer_id, 'b' as name")
    little.lay("models/marts/another.sql", "select 2 as another")
    little.settle()
    assert little.project.error is None


def _files(manifest: Any) -> dict[str, Any]:
    """What dbt notes in files."""
    skipped = ("contents", "dfy", "pp_dict", "pp_test_index")
    return {
        file_id: {name: copy.deepcopy(value) for name, value in vars(file).items() if name not in skipped}
        for file_id, file in manifest.files.items()
    }


def test_a_fork_parses_models_without_its_parents_threads(little: Opened) -> None:
    child = os.fork()
    if child == 0:
        little.lay("models/marts/customer_orders.sql", "select 1 as forked from {{ ref('raw_orders') }}")
        os._exit(0 if "forked" in str(little.sql("models/marts/customer_orders.sql")) else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_no_lock_of_dbt_needs_shared_memory(little: Opened) -> None:
    assert type(little.project.graph.manifest._lock).__module__ == "_thread"
