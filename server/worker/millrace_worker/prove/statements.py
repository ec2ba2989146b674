"""Hostile attempts in SQL and in Jinja: a text for a preview, and the effect that shows whether it succeeded."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Seen:
    """What came of a statement."""

    facts: dict[str, Any]
    out: Path
    complete: bool
    rows: bytes

    def leaked(self) -> bool:
        """Another tenant's secret arrived."""
        return self.facts["otherSecret"].encode() in self.rows

    def wrote(self) -> bool:
        """A file appeared where none was."""
        return self.out.exists() or (Path(self.facts["workspace"]) / "target").exists()

    def logged(self) -> bool:
        """The text that was logged is in a file."""
        files = [path for path in Path(self.facts["scratch"]).rglob("*.log") if path.is_file()]
        return any(b"prove-logged-row" in path.read_bytes() for path in files)


@dataclass(frozen=True)
class Statement:
    """`text` is formatted with the facts and `out`, a path that does not exist yet."""

    name: str
    text: str
    succeeded: Callable[[Seen], bool]


SQL = [
    Statement("copy-to-file", "COPY (SELECT 'rows') TO '{out}'", Seen.wrote),
    Statement("copy-to-parquet", "COPY (SELECT 'rows') TO '{out}' (FORMAT parquet)", Seen.wrote),
    Statement("export-database", "EXPORT DATABASE '{out}'", Seen.wrote),
    Statement("attach-new-file", "ATTACH '{out}' AS written", Seen.wrote),
    Statement("write-table", "CREATE OR REPLACE TABLE prove_rows AS SELECT 'rows'", lambda seen: seen.complete),
    Statement("log-to-file", "CALL enable_logging(storage='file', storage_config={{'path': '{out}'}})", Seen.wrote),
    Statement("set-secret-folder", "SET secret_directory = '{out}'", lambda seen: seen.complete),
    Statement("set-temporary-folder", "SET temp_directory = '{out}'", lambda seen: seen.complete),
    Statement("unlock-files", "SET enable_external_access = true", lambda seen: seen.complete),
    Statement("profile-to-file", "SET profiling_output = '{out}'", lambda seen: seen.complete),
    Statement("read-other-tenant", "SELECT content FROM read_text('{other}')", Seen.leaked),
    Statement("read-colleague", "SELECT * FROM read_csv('{colleague}', header = false)", Seen.leaked),
    Statement("list-other-tenant", "SELECT file FROM glob('{scratch}/other/*')", lambda seen: b"rows.txt" in seen.rows),
    Statement("read-accounts", "SELECT content FROM read_text('/etc/passwd')", lambda seen: b"root:" in seen.rows),
    Statement("load-extension", "LOAD '{other}'", lambda seen: seen.complete),
]

JINJA = [
    Statement("environment", "select '{{{{ env_var(\"{variable}\") }}}}' as v", Seen.leaked),
    Statement("run-query-copy", "{{% do run_query(\"COPY (SELECT 1) TO '{out}'\") %}} select 1", Seen.wrote),
    Statement("run-query-read", "select '{{{{ run_query(\"FROM read_text('{other}')\").rows }}}}' as v", Seen.leaked),
    Statement(
        "statement-copy",
        "{{% call statement('x') %}}COPY (SELECT 1) TO '{out}'{{% endcall %}} select 1",
        Seen.wrote,
    ),
    Statement("write-compiled-file", "{{% do write('rows') %}} select 1", Seen.wrote),
    Statement("log-row", "{{% do log('prove-logged-row', info=True) %}} select 1", Seen.logged),
    Statement("print-row", "{{% do print('prove-logged-row') %}} select 1", Seen.logged),
    Statement("include-file", "{{% include '{other}' %}}", Seen.leaked),
    Statement(
        "python-job",
        "{{% do submit_python_job({{'alias': 'x'}}, \"open('{out}', 'w').write('rows')\") %}} select 1",
        Seen.wrote,
    ),
    Statement(
        "python-internals",
        "select '{{{{ ().__class__.__mro__[1].__subclasses__() | length }}}}' as v",
        lambda seen: (
            seen.complete and b"__" not in seen.rows and any(48 <= byte <= 57 for byte in seen.rows[-600:-500])
        ),
    ),
    Statement(
        "python-modules",
        'select \'{{{{ modules.datetime.sys.modules["os"].environ["{variable}"] }}}}\' as v',
        Seen.leaked,
    ),
]
