"""Column lineage from compiled SQL: where each column of a model comes from, and what else decides its rows."""

from millrace_worker.lineage.outputs import Leaf, OutputColumn, Relation, StatementLineage, Use
from millrace_worker.lineage.project import ModelSql, ProjectLineage
from millrace_worker.lineage.statement import statement_lineage

__all__ = [
    "Leaf",
    "ModelSql",
    "OutputColumn",
    "ProjectLineage",
    "Relation",
    "StatementLineage",
    "Use",
    "statement_lineage",
]
