"""What is wrong in a project's files, found without running anything."""

from millrace_worker.diagnostics.diagnose import diagnose

__all__ = ["diagnose"]
