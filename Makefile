# Each target sets up .venv first, so on a fresh clone one command is enough.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.DEFAULT_GOAL := help
.PHONY: help demo test lint docs bench bench-scale acceptance test-slow build clean

help:  ## List these targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/'

$(READY): pyproject.toml
	@echo "Setting up $(VENV) (once, about half a minute) ..."
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/pip install --quiet --quiet --disable-pip-version-check --editable '.[dev]'
	@echo "Adding durable-rules, the second engine (needs a C compiler) ..."
	@$(BIN)/pip install --quiet --quiet --disable-pip-version-check --editable '.[durable]' 2>$(VENV)/durable.log \
	  || echo "durable-rules does not build here (see $(VENV)/durable.log): results will rest on one opinion."
	@echo "Adding z3, the prover ..."
	@$(BIN)/pip install --quiet --quiet --disable-pip-version-check --editable '.[prover]' 2>$(VENV)/prover.log \
	  || echo "z3 has no wheel for this machine (see $(VENV)/prover.log): no proofs and no cheapest way here."
	@touch $@

demo: $(READY)  ## Assess a whole county: set up, import, evaluate, publish, explain
	@$(BIN)/kaoping demo

test: $(READY)  ## Run the tests
	@echo "Running the tests (a few minutes) ..."
	@$(BIN)/pytest -n auto --dist loadfile

lint: $(READY)  ## Check style, types and that the docs match the code
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/cog --check docs/*.md
	$(BIN)/python docs/pages.py --check

docs: $(READY)  ## Rewrite the generated parts of docs/, and docs/schemes
	$(BIN)/cog -r docs/*.md
	$(BIN)/python docs/pages.py

bench: $(READY)  ## Measure speed: medians and ratios, one run
	$(BIN)/python benchmarks/run.py

bench-scale: $(READY)  ## Measure frames of 1,000 to 600,000 subjects in SQLite and DuckDB (many minutes)
	$(BIN)/python benchmarks/scale.py --sizes=1000,50000,600000 --write

test-slow: $(READY)  ## The long form of the crash and random-facts suites
	KAOPING_SLOW=1 $(BIN)/pytest tests -m slow

acceptance:  ## Everything a newcomer would type, on a fresh clone and a fresh environment
	@bash tests/acceptance.sh

build: $(READY)  ## Build the sdist and the wheel into dist/
	$(BIN)/python -m build

clean:  ## Remove what these targets made
	rm -rf $(VENV) dist demo
