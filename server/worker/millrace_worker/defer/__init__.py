"""Deferral to a production manifest: see README.md."""
