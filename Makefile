# SPDX-License-Identifier: Apache-2.0
# Needs python3 and make, nothing else. PYTHON=python3.12 VENV=.venv-3.12 uses another Python.

PYTHON ?= python3
VENV   ?= .venv
JOBS   ?=
SEED   ?=
HOURS  ?= $(if $(SEED),,1)
BIN    := $(VENV)/bin

# Without a cache types take most of a minute of one core, so the tests begin beside them. What is
# wrong with them is said last; where nothing is, the tests' closing line stays the last.
TYPES_SAY    := .cache/types.log
BESIDE_TYPES := mkdir -p .cache; nice $(BIN)/mypy > $(TYPES_SAY) 2>&1 & types=$$!;
AND_TYPES    := tests=$$?; wait $$types || { cat $(TYPES_SAY); tests=1; }; exit $$tests

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help demo federated test check lint form format bench storm docs lock clean env web

help: ## print this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(VENV)/.stamp-run web ## the whole country on a day, in the browser
	@$(BIN)/bavn demo

federated: $(VENV)/.stamp-run web ## eight nodes over real lines, and a page where they can be broken
	@$(BIN)/bavn demo --federated

# One process more than there are cores on the machine of the checks: much of the time a browser or
# a node of its own is waited for.
test: form web ## everything: form, types, directions, and all tests
	@$(BESIDE_TYPES) $(BIN)/pytest -n $(or $(JOBS),3) --dist worksteal; $(AND_TYPES)

# Half as many examples for each law as in `make test`, unless another profile is asked for.
check: form web ## the same without the slow tests and the browser; two minutes
	@$(BESIDE_TYPES) HYPOTHESIS_PROFILE=$${HYPOTHESIS_PROFILE:-brief} \
	$(BIN)/pytest -n $(or $(JOBS),2) --dist worksteal -m "not slow and not browser"; $(AND_TYPES)

lint: form ## form, types and directions only
	$(BIN)/mypy

form: env
	$(BIN)/ruff format --check --quiet
	$(BIN)/ruff check --quiet
	$(BIN)/lint-imports --cache-dir .cache/import-linter

format: env ## put the form right
	$(BIN)/ruff check --fix --quiet
	$(BIN)/ruff format --quiet

bench: $(VENV)/.stamp-bench ## measure, beside the peers
	$(BIN)/python -m bench

storm: env ## faults from a seed: HOURS=n goes on for n hours, SEED=n replays one
	$(BIN)/python -m tests.storm $(if $(HOURS),--hours $(HOURS)) $(if $(SEED),--seed $(SEED))

docs: env ## write the generated pages anew, and check links and decisions
	$(BIN)/python -m tools.requirements
	$(BIN)/python -m tools.mandates
	$(BIN)/python -m tools.docs

lock: env ## lock the newest versions that are a week old or more
	$(BIN)/python -m tools.lock

clean: ## remove everything that is made
	rm -rf web/node_modules src/bavn/runtime/static
	rm -rf .venv .venv-* .tools .cache .hypothesis .mypy_cache .pytest_cache .ruff_cache build dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

env: $(VENV)/.stamp-dev

# A moment when nothing in web/ has changed.
web:
	@$(BIN)/python hatch_build.py

$(VENV)/.stamp-run: requirements/run.txt requirements/build.txt pyproject.toml tools/bootstrap.py
	@$(PYTHON) tools/bootstrap.py run --venv $(VENV)

$(VENV)/.stamp-dev: requirements/dev.txt pyproject.toml tools/bootstrap.py
	@$(PYTHON) tools/bootstrap.py dev --venv $(VENV)

$(VENV)/.stamp-bench: requirements/bench.txt pyproject.toml tools/bootstrap.py
	@$(PYTHON) tools/bootstrap.py bench --venv $(VENV)
