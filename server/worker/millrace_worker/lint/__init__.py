"""SQLFluff and sqlfmt over a project in memory: imported by the runner before its forks, run in forks of a session."""
