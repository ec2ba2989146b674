"""
`python -m millrace_worker.prove`: the battery of hostile attempts, a part of `npm run prove`.

Runs it with every layer, with none (the positive control) and with each layer left out in turn, then searches for the
canary of one preview. The last line is JSON; the exit code is 0 only when the promise held and the proof could have
failed.
"""

from __future__ import annotations

import json
import signal
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from millrace_worker.prove import canary as canaries
from millrace_worker.prove import trace
from millrace_worker.prove.all_attempts import ATTEMPTS, SESSION_ATTEMPTS
from millrace_worker.prove.engine import MARKER
from millrace_worker.prove.peer import Runner, Session
from millrace_worker.prove.scene import Scene
from millrace_worker.prove.statements import JINJA, SQL, Seen, Statement
from millrace_worker.sandbox.host import probe
from millrace_worker.sandbox.layers import LAYERS, present

# The attempt that only this layer stops.
PROBES = {
    "environment": "read-environment",
    "mounts": "be-writable",
    "descriptors": "read-inherited-descriptor",
    "rlimits": "take-memory",
    "uid": "be-root",
    "parent-death": "outlive-parent",
    "dumpable": "be-dumpable",
    "file-size": "write-without-limit",
    "landlock": "read-other-tenant",
    "seccomp": "udp-send",
}
LEAST_CONTROL = 30
# Attempts that open files for writing, each in its own way: strace has to see them fail.
TRACED = (
    "create-file",
    "append-to-file",
    "open-truncating",
    "unnamed-file",
    "openat2-create",
    "rename-file",
    "tcp-connect",
)


@dataclass
class Tally:
    """What the attempts of one runner came to."""

    attempts: int = 0
    succeeded: list[str] = field(default_factory=list)
    write_bytes: int = 0
    queries: int = 0
    writers: list[str] = field(default_factory=list)

    def count(self, name: str, success: bool) -> None:
        """One attempt."""
        self.attempts += 1
        if success:
            self.succeeded.append(name)

    def ended(self, event: dict[str, Any], name: str) -> None:
        """One query process."""
        self.queries += 1
        if event["writeBytes"]:
            self.writers.append(f"{name}: {event['writeBytes']} bytes")
        self.write_bytes += event["writeBytes"]


class Battery:
    """The proof's runs against one scene."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene

    def start(self, without: frozenset[str], before: Sequence[str] = ()) -> tuple[Runner, Session]:
        """A runner and a session on the scene. `before` stands before the runner's command: a tracer."""
        scene = self._scene
        runner = Runner(
            scene.folder,
            without=without,
            inherit=[scene.reader, scene.writer],
            variable=scene.variable,
            secret=scene.secret,
            before=before,
        )
        return runner, Session(runner, scene.hello())

    def _command(self, name: str) -> str:
        self._scene.prepare()
        return MARKER + json.dumps({"attempt": name, "facts": self._scene.facts()})

    def in_query(self, session: Session, name: str, tally: Tally) -> bool:
        """An attempt in Python in a query process."""
        _tail, arrow, ended = session.query(self._command(name))
        tally.ended(ended, name)
        replaced = (ended["error"] or {}).get("details", {}).get("exitCode") == 93
        return arrow == b"succeeded" or replaced

    def in_session(self, session: Session, name: str) -> bool:
        """An attempt in Python in a session process."""
        return bool((session.compile(self._command(name))["result"] or {}).get("sql") == "succeeded")

    def statement(self, session: Session, statement: Statement, tally: Tally, *, plain: bool) -> bool:
        """An attempt in SQL or Jinja; `plain` runs SQL on a connection without any hardening."""
        self._scene.prepare()
        facts = self._scene.facts()
        out = Path(tempfile.mktemp(dir=self._scene.folder))
        text = statement.text.format(**facts, out=out)
        if plain:
            text = MARKER + json.dumps({"plain": text, "database": str(self._scene.database)})
        tail, arrow, ended = session.query(text)
        tally.ended(ended, statement.name)
        complete = tail.get("outcome") == "complete" and not arrow.startswith(b"refused: ")
        return statement.succeeded(Seen(facts, out, complete, arrow))

    def everything(self, without: frozenset[str]) -> Tally:
        """All attempts, from SQL, Jinja and Python, against one runner."""
        tally = Tally()
        control = bool(without)
        runner, session = self.start(without)
        try:
            if session.ready["type"] == "fatal":
                raise RuntimeError(f"the session did not start: {session.ready['error']['message']}")
            absent = {PROBES.get(layer) for layer in LAYERS if layer not in present(probe(allow_swap=True))}
            for name in [name for name in ATTEMPTS if name not in absent]:
                tally.count(f"python in a query: {name}", self.in_query(session, name, tally))
            for name in [name for name in SESSION_ATTEMPTS if name not in absent]:
                tally.count(f"python in a session: {name}", self.in_session(session, name))
            for statement in SQL:
                tally.count(f"sql: {statement.name}", self.statement(session, statement, tally, plain=control))
            for statement in JINJA:
                tally.count(f"jinja: {statement.name}", self.statement(session, statement, tally, plain=False))
        finally:
            runner.stop()
        return tally

    def mutation(self, layer: str) -> str | None:
        """Leaves one layer out; null when that is noticed, else what went wrong."""
        # A change of user makes a process undumpable by itself, so that probe needs both to be absent.
        runner, session = self.start(frozenset({layer, "uid"} if layer == "dumpable" else {layer}))
        try:
            if layer == "no-new-privileges":
                # Landlock and seccomp need it: without it nothing starts, which is what failing closed means.
                return None if session.ready["type"] == "fatal" else "the session started without it"
            if session.ready["type"] == "fatal":
                return f"the session did not start: {session.ready['error']['message']}"
            return (
                None if self.in_query(session, PROBES[layer], Tally()) else f"{PROBES[layer]} was stopped all the same"
            )
        finally:
            runner.stop()

    def traced(self, strace: str) -> trace.Seen:
        """Attempts and a preview under strace."""
        output = self._scene.folder / "strace.txt"
        runner, session = self.start(frozenset(), trace.command(strace, output))
        try:
            if session.ready["type"] == "fatal":
                raise RuntimeError(f"the session did not start: {session.ready['error']['message']}")
            tally = Tally()
            for name in TRACED:
                self.in_query(session, name, tally)
                self.in_session(session, name)
            for statement in (*SQL, *JINJA):
                self.statement(session, statement, tally, plain=False)
        finally:
            runner.stop()
        trace.until_complete(output)
        return trace.read(output, runner.process.pid)

    def canary(self, value: canaries.Canary) -> Tally:
        """One real preview whose rows hold the canary."""
        tally = Tally()
        runner, session = self.start(frozenset())
        try:
            tail, arrow, ended = session.query(value.statement())
            tally.ended(ended, "canary")
            if tail.get("outcome") != "complete" or value.text.encode() not in arrow:
                raise RuntimeError(f"the canary's preview failed: {tail.get('error')}")
        finally:
            runner.stop()
        return tally


def main() -> int:
    """Runs the proof."""
    started = time.monotonic()

    def say(text: str) -> None:
        print(f"{time.monotonic() - started:6.1f} s  {text}", flush=True)

    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # what was started is stopped on the way out
    scene = Scene()
    try:
        battery = Battery(scene)
        real = battery.everything(frozenset())
        say(f"{real.attempts} attempts with every layer: {len(real.succeeded)} succeeded")
        for name in real.succeeded:
            say(f"  SUCCEEDED {name}")
        for name in real.writers:
            say(f"  WROTE {name}")
        say(f"write_bytes of {real.queries} query processes: {real.write_bytes}")
        control = battery.everything(frozenset(LAYERS))
        say(f"{control.attempts} attempts with no layer (positive control): {len(control.succeeded)} succeeded")
        problems = []
        layers = present(probe(allow_swap=True))
        for layer in layers:
            problem = battery.mutation(layer)
            say(f"without {layer}: {'noticed' if problem is None else 'NOT NOTICED, ' + problem}")
            if problem is not None:
                problems.append(layer)
        strace = trace.program()
        if strace is None:
            say("strace is not installed (apt-get install strace): what the kernel was asked was not looked at")
        else:
            seen = battery.traced(strace)
            real.succeeded += [f"strace: {line}" for line in seen.writes]
            say(
                f"strace: {seen.locked} system calls that may write, of {seen.processes} locked-down processes:"
                f" {len(seen.writes)} succeeded ({seen.before} before the lock-down)"
            )
            for line in seen.writes:
                say(f"  SUCCEEDED {line}")
            if not (seen.locked and seen.before):
                problems.append("strace")
        value = canaries.make()
        real.write_bytes += battery.canary(value).write_bytes
        found = canaries.occurrences(value, [scene.folder])
        say(f"canary of a preview without a browser: {len(found)} hits in {scene.folder}")
        for place in found:
            say(f"  FOUND in {place}")
    finally:
        scene.close()
    result = {
        "attempts": real.attempts,
        "succeeded": len(real.succeeded),
        "control": len(control.succeeded),
        "layers": len([layer for layer in layers if layer not in problems]),
        "canary_hits": len(found),
        "write_bytes": real.write_bytes,
    }
    held = not real.succeeded and not problems and not found and real.write_bytes == 0
    print(json.dumps(result, separators=(",", ":")), flush=True)
    return 0 if held and len(control.succeeded) >= LEAST_CONTROL else 1


if __name__ == "__main__":
    sys.exit(main())
