"""Compiles every node of a dbt project through a real session and compares with `dbt compile`, byte for byte."""
