"""Work in idle time: against a real runner with the small engine."""

from __future__ import annotations

from pathlib import Path

from fixtures.client import RunnerClient, until


def test_a_session_works_while_nothing_is_asked_and_says_when_it_is_done(runner: RunnerClient, workspace: Path) -> None:
    (workspace / "idle_work").touch()
    session = runner.session(workspace, commit="idle")
    assert session.compile("python result = project.slices")["result"]["sql"] == "3"
    told = session.wait("lineage")
    assert (told["done"], told["total"]) == (3, 3)
    assert session.call("select", select="a", exclude="")["result"]["uniqueIds"] == ["select"]
    session.close()


def test_what_a_template_has_worked_out_no_session_does_again(runner: RunnerClient, workspace: Path) -> None:
    (workspace / "idle_work").touch()
    keeper = runner.session(workspace, commit="shared")

    def opened_without_work() -> bool:
        session = runner.session(workspace, commit="shared")
        left = session.compile("python result = project.slices")["result"]["sql"]
        session.close()
        return bool(left == "0")

    # Whoever opens a session keeps the template from its own work for a while.
    until(opened_without_work, 20.0, pause=0.5)
    keeper.close()
