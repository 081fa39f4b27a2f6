# Benchbook: everything starts here. `make help` lists it.
SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help

PYTHON ?= python3
HOST ?= 127.0.0.1
PORT ?= 8000
DATA_DIR ?= $(CURDIR)/.benchbook/data
# Both run on two cores; more workers only wait for each other.
WORKERS ?= 2
BIN := .venv/bin

.PHONY: help run test test-search check setup setup-tests web format lock openapi bench wheel clean

help: ## List what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: setup web ## Set up all it needs and serve (HOST=, PORT= and DATA_DIR= are honoured)
	@exec $(BIN)/benchbook serve --host "$(HOST)" --port "$(PORT)" --data-dir "$(DATA_DIR)"

test: setup-tests web ## Set up all it needs and run every test
	@$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal

test-search: setup-tests ## Test the search for minutes (AMPLICONS= names a FASTA file of many, to try it on)
	@SEARCH_EXAMPLES=$(or $(EXAMPLES),1500) $(BIN)/python -m pytest -n $(WORKERS) --timeout 3600 tests/sequences/test_search.py

check: setup-tests ## Only the quick checks: formats, types, imports
	@$(BIN)/python -m pytest -q tests/test_house.py

setup: ## Install what serving needs into .venv
	@$(PYTHON) scripts/set_up.py serve

setup-tests: ## Install what the tests need, a browser included
	@$(PYTHON) scripts/set_up.py test

web: setup ## Build the web application, if its sources changed
	@$(BIN)/python scripts/build_web.py

format: setup-tests ## Format all code
	@$(BIN)/ruff check --fix-only --quiet .
	@$(BIN)/ruff format --quiet .
	@$(BIN)/python scripts/build_web.py --run format

openapi: setup ## Write api/openapi.json from the code, and the web client's types from it
	@$(BIN)/benchbook openapi > .benchbook-openapi.json && mv .benchbook-openapi.json api/openapi.json
	@$(BIN)/python scripts/build_web.py --run generate-api

lock: setup-tests ## Pin the dependencies of pyproject.toml anew
	@$(BIN)/python scripts/lock.py

bench: setup-tests web ## Measure: lists, exports, growth, shifts and sequences, peers side by side
	@$(BIN)/python -m benchmarks hours
	@$(BIN)/python -m benchmarks exports
	@$(BIN)/python -m benchmarks scale
	@$(BIN)/python -m benchmarks shifts
	@$(BIN)/python -m benchmarks roster
	@$(BIN)/python -m benchmarks sequences
	@$(BIN)/python -m benchmarks imports

wheel: setup-tests ## Build the wheel that operators install, into dist/
	@$(BIN)/python -m build --wheel --no-isolation

clean: ## Remove what was built and installed; data in .benchbook stays
	@rm -rf .venv build dist src/benchbook/web web/node_modules web/dist
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
