"""Names that a query process may know."""

from __future__ import annotations

import json
import subprocess
import sys

CODE = """
import json, socket
from millrace_worker.sandbox import names
names.answer_from({"Warehouse.example": ["192.0.2.7", "2001:db8::7"]})
def ask(*arguments):
    try:
        return [entry[4] for entry in socket.getaddrinfo(*arguments)]
    except socket.gaierror as error:
        return str(error)
print(json.dumps([ask("warehouse.example.", 443), ask("warehouse.example", "443", socket.AF_INET),
                  ask("127.0.0.1", 5432), ask("elsewhere.example", 443)]))
"""


def test_only_the_runners_answers_and_written_out_addresses() -> None:
    run = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=True)
    both, four, literal, unknown = json.loads(run.stdout)
    assert both == [["192.0.2.7", 443], ["2001:db8::7", 443, 0, 0]]
    assert four == [["192.0.2.7", 443]]
    assert literal == [["127.0.0.1", 5432]]
    assert "Name or service not known: elsewhere.example" in unknown
