"""Prints a dbt target as JSON, as an environment of Millrace names its parts: settings, and secrets apart."""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path
from typing import Any

import jinja2
import yaml

SECRETS = {"password", "pass", "token", "motherduck_token", "private_key", "client_secret"}
NOT_SETTINGS = {"type", "schema", "threads"}


def env_var(name: str, default: str | None = None) -> str:
    value = os.environ.get(name, default)
    if value is None:
        raise SystemExit(f"The profile reads the environment variable {name}, which is not set.")
    return value


def render(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: render(item) for key, item in value.items()}
    if not isinstance(value, str) or "{{" not in value:
        return value
    environment = jinja2.Environment()
    environment.filters |= {"as_number": float, "as_bool": bool, "as_native": lambda item: item}
    text = environment.from_string(value).render(env_var=env_var)
    if "as_number" in value:
        return int(float(text)) if float(text).is_integer() else float(text)
    return text


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--project", type=Path, required=True)
    parser.add_argument("--profiles-dir", type=Path, required=True)
    parser.add_argument("--target")
    arguments = parser.parse_args()
    project = yaml.safe_load((arguments.project / "dbt_project.yml").read_text())
    profile = yaml.safe_load((arguments.profiles_dir / "profiles.yml").read_text())[render(project["profile"])]
    target = arguments.target or render(profile.get("target", "default"))
    output = render(profile["outputs"][target])
    settings = {key: value for key, value in output.items() if key not in NOT_SETTINGS | SECRETS}
    if output["type"] == "duckdb" and not os.path.isabs(settings.get("path", ":memory:")):
        settings["path"] = str((arguments.project / settings["path"]).resolve())
    print(
        json.dumps(
            {
                "adapter": output["type"],
                "target": target,
                "schema": output.get("schema", "main"),
                "threads": int(output.get("threads", 1)),
                "settings": settings,
                "secrets": {key: str(value) for key, value in output.items() if key in SECRETS},
            }
        )
    )


main()
