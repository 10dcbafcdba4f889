# make run and make test are all that a newcomer needs; each installs what it is missing.
SHELL := /bin/bash
TEST_FLAGS := --enable-code-coverage
# Two cores run a few tests at a time steadily; all at once starve the ones that watch a clock.
TEST_WIDTH := --experimental-maximum-parallelization-width 4
DENO := .venv/bin/deno
PYTHON := .venv/bin/python

.PHONY: run test unit js e2e soak bench coverage format lint install-run install-test

run: install-run
	@[ -x .build/release/batchreports ] || echo "Building in release mode: about five minutes the first time."
	@swift build -c release --product batchreports
	@exec .build/release/batchreports serve --demo

test: install-test lint unit js e2e

unit: install-test
	tools/unit $(TEST_FLAGS) $(TEST_WIDTH)

js: install-test
	$(DENO) fmt --check
	$(DENO) lint
	$(DENO) check Public/js/*.js Tests/js/*.js
	$(DENO) test --allow-read Tests/js

e2e: install-test
	swift build $(TEST_FLAGS) --product batchreports
	$(PYTHON) -m pytest e2e -q -n 2 --dist loadfile

# The tests of chaos with all their rounds: 200 kills over 2000-lead batches and more. It takes about half an hour.
soak: install-test
	BATCH_SOAK=1 swift test $(TEST_WIDTH) --filter 'ChaosTests|FaultTests|SaturationTests|KillTests|PaidKillTests|KillEdgeTests|MemoryLimitTests|HostileSitesTests|ShutdownTests|CallGateTests|MoneyPropertyTests'

coverage: install-test
	tools/unit $(TEST_FLAGS) $(TEST_WIDTH)
	@tools/coverage

bench: install-run
	@tools/install bench
	swift build -c release
	@benchmarks/run

format: install-run
	swift format format --in-place --recursive --parallel Sources Tests benchmarks Package.swift
	@if [ -x $(DENO) ]; then $(DENO) fmt; fi

lint: install-run
	swift format lint --strict --recursive --parallel Sources Tests benchmarks Package.swift
	@tools/lint

install-run:
	@tools/install run

install-test:
	@tools/install run test
