"""Measures the promises of speed: `make bench`. See docs/benchmarks.md."""
