"""The variables of `--vars`, read as dbt reads them."""

from __future__ import annotations

import json
from typing import Any

from dbt.clients.yaml_helper import load_yaml_text
from dbt_common.exceptions import DbtValidationError

from millrace_worker.verify.failure import VerifyFailure


def read_variables(text: str) -> dict[str, Any]:
    """What dbt's own run and the session are told. Raises VerifyFailure for what either would not take."""
    try:
        variables: Any = load_yaml_text(text)
    except DbtValidationError as error:
        raise VerifyFailure(f"--vars is not YAML: {error.msg.strip()}") from error
    if not isinstance(variables, dict):
        raise VerifyFailure(f"--vars must map names to values, as in '{{name: value}}'; it is {text!r}.")
    for name, value in variables.items():
        if not isinstance(name, str):
            raise VerifyFailure(f"--vars names a variable {name!r}, which is no text: put it in quotes.")
        if not _is_json(value):
            raise VerifyFailure(
                f"--vars gives {name!r} the value {value!r}. A session is told its variables as JSON, which has no "
                "such value: put it in quotes."
            )
    return variables


def _is_json(value: Any) -> bool:
    try:
        return bool(json.loads(json.dumps(value)) == value)
    except (TypeError, ValueError):
        return False
