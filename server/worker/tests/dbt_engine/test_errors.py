"""dbt's exceptions as errors for a person: whose file, and nothing of the server."""

from __future__ import annotations

from dbt.contracts.files import FilePath
from dbt.exceptions import YamlParseDictError
from dbt_common.dataclass_schema import ValidationError

from millrace_worker.dbt.errors import located_error


def test_a_file_is_named_by_its_path_in_the_project() -> None:
    root = "/srv/workspaces/1/2"
    file = FilePath(searched_path="models", relative_path="a/_groups.yml", modification_time=1.5, project_root=root)
    error = YamlParseDictError(str(file), "exposures", {"tipe": "x"}, ValidationError(f"see {root}/models/b.sql"))
    said = located_error(error, text_of=lambda path: "exposures:\n" if path.startswith("models/") else None, root=root)
    assert str(said).startswith("Invalid exposures config given in models/a/_groups.yml @ exposures: {'tipe': 'x'}")
    assert str(said).endswith("see models/b.sql")
    assert said.body()["location"] == {
        **{"path": "models/a/_groups.yml", "line": 1, "column": 1, "endLine": None, "endColumn": None}
    }
