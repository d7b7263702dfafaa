# SPDX-License-Identifier: Apache-2.0
# Needs python3 and make, nothing else. PYTHON=python3.12 VENV=.venv-3.12 uses another Python.

PYTHON ?= python3
VENV   ?= .venv
JOBS   ?= 2
SEED   ?=
HOURS  ?= $(if $(SEED),,1)
BIN    := $(VENV)/bin

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help demo federated test check lint format bench storm docs lock clean env web

help: ## print this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(VENV)/.stamp-run web ## the whole country on a day, in the browser
	@$(BIN)/bavn demo

federated: $(VENV)/.stamp-run web ## eight nodes over real lines, and a page where they can be broken
	@$(BIN)/bavn demo --federated

test: lint web ## everything: form, types, directions, and all tests
	$(BIN)/pytest -n $(JOBS) --dist worksteal

# Half as many examples for each law as in `make test`, unless another profile is asked for.
check: lint web ## the same without the slow tests and the browser; two minutes
	HYPOTHESIS_PROFILE=$${HYPOTHESIS_PROFILE:-brief} \
	$(BIN)/pytest -n $(JOBS) --dist worksteal -m "not slow and not browser"

lint: env ## form, types and directions only
	$(BIN)/ruff format --check --quiet
	$(BIN)/ruff check --quiet
	$(BIN)/mypy
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
