"""The parts of benchmarks/run, one a file, and what they share."""
