"""What has changed in a manifest since its template was made: whoever follows it need not go through all of it."""

from __future__ import annotations

from typing import Any

from millrace_worker.dbt.journal import KINDS


class Changes:
    """Ids of what came, went, or was parsed again."""

    def __init__(self) -> None:
        self.ids: set[str] = set()
        self.everything = False
        """Something changed of which many things tell: an owner's group."""

    def clear(self) -> None:
        """From here on."""
        self.ids.clear()
        self.everything = False

    def note(self, journal: Any) -> None:
        """Takes in what a partial parse did, when that stays."""
        for kind in KINDS:
            entries = getattr(journal.manifest, kind)
            self.ids.update(journal.touched(entries))
            self.ids.update(journal.before(entries))
        self.everything = self.everything or bool(journal.before(journal.manifest.groups))


def changes_of(manifest: Any) -> Changes:
    """Those of one manifest; a new one has had none."""
    found: Changes = manifest.__dict__.setdefault("_millrace_changes", Changes())
    return found
