"""Rows of a query, from the warehouse's own driver to Arrow IPC messages."""
