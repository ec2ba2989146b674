"""The Python half of Millrace: fork server, sessions, rows, sandbox."""
