# Each target sets up .venv first, so on a fresh clone one command is enough.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
DEV := $(VENV)/.dev
PEERS := $(VENV)/.peers
SPARK := $(VENV)/.spark
PIP := $(BIN)/pip install --quiet --quiet --disable-pip-version-check

.DEFAULT_GOAL := help
.PHONY: help demo test lint docs mutation bench bench-scale bench-most bench-spark acceptance test-slow test-spark build clean

help:  ## List these targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/'

# What runs needs less than what tests: a newcomer's first command does not wait for linters and databases.
# One pip does all; where something cannot be built here, it goes on without and says so.
$(READY): pyproject.toml
	@echo "Setting up $(VENV), once: kaoping, durable-rules (needs a C compiler) and z3, the prover ..."
	@$(PYTHON) -m venv $(VENV)
	@$(PIP) --editable '.[durable,prover]' 2>$(VENV)/extras.log || { $(PIP) --editable . \
	  && { $(PIP) --editable '.[durable]' 2>$(VENV)/durable.log \
	    || echo "durable-rules does not build here (see $(VENV)/durable.log): sql is the second engine."; } \
	  && { $(PIP) --editable '.[prover]' 2>$(VENV)/prover.log \
	    || echo "z3 has no wheel for this machine (see $(VENV)/prover.log): no proofs and no cheapest way here."; }; }
	@touch $@

$(DEV): $(READY)
	@echo "Adding what tests and checks need, once ..."
	@$(PIP) --editable '.[dev]'
	@$(BIN)/python -m compileall -q core plugins schemes cli  # a thousand commands start in the tests
	@touch $@

# Engines that are measured beside ours; one that has no wheel here is left out and named as not measured.
$(PEERS): $(DEV)
	@echo "Adding the engines that ours is measured beside, once ..."
	@for peer in $$($(BIN)/python -c "import tomllib; \
	  print(*tomllib.load(open('pyproject.toml', 'rb'))['project']['optional-dependencies']['bench'])"); do \
	  $(PIP) --only-binary :all: "$$peer" 2>$(VENV)/peers.log || echo "$$peer has no wheel for this machine."; done
	@touch $@

# Without Java, Spark's tests say why they are skipped.
$(SPARK): $(DEV)
	@echo "Adding Spark (450 MB), once ..."
	@$(PIP) --editable '.[spark]'
	@command -v java >/dev/null || echo "There is no Java here (Debian: apt install openjdk-17-jre-headless)."
	@touch $@

demo: $(READY)  ## Assess a whole county: set up, import, evaluate, publish, explain
	@$(BIN)/kaoping demo

test: $(DEV)  ## Run the tests
	@echo "Running the tests (a few minutes) ..."
	@$(BIN)/pytest -n auto --dist loadfile --no-loadscope-reorder  # in the order of tests/conftest.py

lint: $(DEV)  ## Check style, types and that the docs match the code
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/cog --check docs/*.md
	$(BIN)/python docs/pages.py --check

docs: $(DEV)  ## Rewrite the generated parts of docs/, and docs/schemes
	$(BIN)/cog -r docs/*.md
	$(BIN)/python docs/pages.py

mutation: $(DEV)  ## Measure how much the worked cases notice, of schemes that changed, and write it on their pages
	$(BIN)/python docs/mutation.py $(SCHEME)
	$(BIN)/python docs/pages.py

bench: $(DEV)  ## Measure speed: medians and ratios, one run
	$(BIN)/python benchmarks/run.py

bench-scale: $(PEERS)  ## Measure 1,000 to 600,000 subjects beside other engines (half an hour)
	$(BIN)/python benchmarks/scale.py --sizes=1000,50000,600000 --write

bench-most: $(DEV)  ## Measure ten million subjects in DuckDB (half an hour, 10 GB of disk for a while)
	$(BIN)/python benchmarks/scale.py --only="ten million" --sizes=10000000

bench-spark: $(SPARK)  ## Measure Spark on this machine (needs Java 17; installs pyspark, 450 MB)
	$(BIN)/python benchmarks/scale.py --only=spark --sizes=1000,50000,600000

test-slow: $(DEV)  ## The long form of the random, crash and proof suites (about an hour)
	KAOPING_SLOW=1 $(BIN)/pytest tests -m slow -rP

test-spark: $(SPARK)  ## The same digests and refusals from Spark (needs Java 17; installs pyspark, 450 MB)
	$(BIN)/pytest tests/test_sql_spark.py -rs

acceptance:  ## Everything a newcomer would type, on a fresh clone and a fresh environment
	@bash tests/acceptance.sh

build: $(DEV)  ## Build the sdist and the wheel into dist/
	$(BIN)/python -m build

clean:  ## Remove what these targets made
	rm -rf $(VENV) dist demo
