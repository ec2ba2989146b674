"""The runner's log."""

from __future__ import annotations

import json
import sys
import time
from typing import Any


def log(event: str, **facts: Any) -> None:
    """One JSON line on standard error. Never a row, a secret or a statement."""
    line = {"time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), "part": "runner", "event": event, **facts}
    print(json.dumps(line), file=sys.stderr, flush=True)
