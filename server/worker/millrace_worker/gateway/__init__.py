"""The gateway beside a runner: mutual TLS outside, the runner's Unix socket inside, and nothing is parsed between."""
