"""dbt as a library: the process-wide state it wants, without a file, a semaphore, a network call or a log line.

Import this module before any other part of dbt: `Manifest` binds its lock's factory when the class is made, and
multiprocessing's locks need /dev/shm, which a locked-down process must not have.
"""

from __future__ import annotations

import datetime
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import dbt.mp_context


class ThreadingContext:
    """What dbt asks of a multiprocessing context. One session is one process, so threading's locks do."""

    Lock = staticmethod(threading.Lock)
    RLock = staticmethod(threading.RLock)


THREADING_CONTEXT = ThreadingContext()
dbt.mp_context._MP_CONTEXT = THREADING_CONTEXT

import dbt.flags  # noqa: E402
import dbt.tracking  # noqa: E402
from dbt.adapters.factory import FACTORY, load_plugin  # noqa: E402
from dbt.cli.flags import Flags  # noqa: E402
from dbt.cli.types import Command  # noqa: E402
from dbt_common.context import get_invocation_context, set_invocation_context  # noqa: E402
from dbt_common.events import event_manager_client  # noqa: E402
from dbt_common.events.event_manager import EventManager  # noqa: E402
from dbt_common.exceptions.events import EventCompilationError  # noqa: E402


class SilentEvents(EventManager):  # type: ignore[misc]
    """dbt's event manager without the messages: building them costs a third of a warm compile, and nobody reads them.

    Warnings that a project's flags turn into errors are still raised.
    """

    def fire_event(
        self, e: Any, level: Any = None, node: Any = None, force_warn_or_error_handling: bool = False
    ) -> None:
        level_tag = level.value if level is not None else e.level_tag().value
        handled = force_warn_or_error_handling or (self.require_warn_or_error_handling and level_tag == "warn")
        if handled and (self.warn_error or self.warn_error_options.errors(e)):
            raise EventCompilationError(e.message(), node)


def preload(adapters: list[str]) -> None:
    """Imports everything that a session or a query will need; a locked-down process cannot import any more.

    Starts no thread and opens no connection, so that the caller may fork at any time afterwards.
    """
    import importlib

    for name in adapters:
        load_plugin(name)
    modules = [
        "agate",
        *(["duckdb"] if "duckdb" in adapters else []),
        "pyarrow",
        "pyarrow.compute",
        "sqlglot",
        "sqlparse",
        "sqlparse.lexer",
        "sqlparse.engine.grouping",
        "dbt.parser.manifest",
        "dbt.parser.sql",
        "dbt.compilation",
        "dbt.task.compile",
        "dbt.cli.main",
        "dbt.context.providers",
        "dbt_common.clients.agate_helper",
        "encodings.idna",
        "zoneinfo",
        "pytz",
        "millrace_worker.dbt.project",
        "millrace_worker.rows.stream",
        # They also harden their adapter's connections, so they come before any compile that may reach the warehouse.
        *(f"millrace_worker.rows.{name}_source" for name in adapters if name in ("duckdb", "postgres")),
        "millrace_worker.rows.generic_source",
    ]
    for module in modules:
        importlib.import_module(module)
    if "postgres" in adapters:
        importlib.import_module("psycopg2.extras")
    silence()


def silence() -> None:
    """No logger, no callback, no telemetry; idempotent."""
    if not isinstance(event_manager_client._EVENT_MANAGER, SilentEvents):
        event_manager_client._EVENT_MANAGER = SilentEvents()
    if dbt.tracking.active_user is None:
        dbt.tracking.do_not_track()


def touch_run_started_at() -> None:
    """Each compile is a run of its own for `run_started_at`."""
    dbt.tracking.active_user.run_started_at = datetime.datetime.now(tz=datetime.timezone.utc)


def set_environment_variables(variables: Mapping[str, str]) -> None:
    """What `env_var()` sees; the process's own environment is out of its reach."""
    set_invocation_context(dict(variables))


def environment_variables() -> Mapping[str, str]:
    """What `env_var()` sees now."""
    env: Mapping[str, str] = get_invocation_context().env
    return env


def set_flags(project_root: str, target: str, variables: Mapping[str, Any]) -> Any:
    """dbt's global flags as `dbt compile` would have them, with the project's own `flags:` applied."""
    arguments = {
        "project_dir": project_root,
        "profiles_dir": project_root,
        "target": target,
        "log_path": "logs",
        "log_level": "none",
        "log_level_file": "none",
        "send_anonymous_usage_stats": False,
        "write_json": False,
        "use_colors": False,
    }
    flags = Flags.from_dict(Command.COMPILE, arguments)
    # dbt would print them and read that as YAML, by which null becomes a text and some texts are refused
    for name in ("VARS", "vars"):
        object.__setattr__(flags, name, dict(variables))
    dbt.flags.set_flags(flags)
    event_manager_client.get_event_manager().require_warn_or_error_handling = (
        flags.require_all_warnings_handled_by_warn_error
    )
    return flags


def forget_adapters() -> None:
    """Drops registered adapters, whose credentials are not ours any more. None of them has a connection."""
    FACTORY.adapters.clear()


@contextmanager
def restored_globals() -> Iterator[None]:
    """Puts dbt's process-wide flags and adapters back when the block fails."""
    flags, adapters = dbt.flags.get_flags(), dict(FACTORY.adapters)
    try:
        yield
    except BaseException:
        dbt.flags.set_flags(flags)
        FACTORY.adapters.clear()
        FACTORY.adapters.update(adapters)
        raise
