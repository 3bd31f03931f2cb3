ifeq ($(wildcard .venv/bin/python),) # no venv yet: find a Python that can make one, or say the one line that mends it
PYTHON ?= $(shell for p in python3.11 python3.12 python3; do $$p -c 'import ensurepip, sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 12))' 2>/dev/null && echo $$p && break; done)
ifeq ($(PYTHON),)
$(error The studio needs Python 3.11 or 3.12 with venv. Run: apt-get install $(or $(notdir $(shell command -v python3.11 || command -v python3.12)),python3.11)-venv)
endif
endif

.DEFAULT_GOAL := help
BIN := .venv/bin
TRANSLATIONS := $(patsubst %.po,%.mo,$(wildcard studio/translations/*/LC_MESSAGES/*.po))
ASSETS := studio/static/vendor/htmx.min.js
CODE := studio workers model_store samples migrations tests

.PHONY: help install up down test test-quick test-local fuzz lint bench strings clean lock

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

install: $(BIN)/studio $(ASSETS) $(TRANSLATIONS) ## Python packages, front-end files, translations; nothing outside this folder

up: install ## install what is missing, start everything, show the address; Ctrl-C stops it all
	@exec $(BIN)/studio up

down: ## stop the studio of this folder from another terminal
	@$(BIN)/studio down

test: install lint ## everything: linters, then all tests on real servers
	$(BIN)/python -m pytest

test-quick: install ## the tests without servers
	$(BIN)/python -m pytest tests/unit tests/invariants tests/architecture

test-local: install ## tests on portraits of your own: STUDIO_PORTRAITS=folder make test-local
	$(BIN)/python -m pytest tests/local

fuzz: install ## the API against its document, 100 examples an operation instead of 25
	FUZZ_EXAMPLES=100 $(BIN)/python -m pytest tests/contracts/test_api.py

lint: $(BIN)/studio ## style, types, import rules, tables equal to migrations
	$(BIN)/ruff check $(CODE)
	$(BIN)/ruff format --check $(CODE)
	$(BIN)/mypy
	PYTHONPATH=. $(BIN)/lint-imports --no-logo
	var=$$(mktemp -d) && trap 'rm -r "$$var"' EXIT && export STUDIO_VAR="$$var" STUDIO_DATABASE= && \
	$(BIN)/python -m alembic upgrade head && $(BIN)/python -m alembic check

bench: install ## speed and memory, measured on this machine
	$(BIN)/python -m pytest tests/benchmarks -s -o python_files='bench_*.py'

strings: install ## carry new strings of the pages into the catalogues, to be translated
	pot=$$(mktemp) && trap 'rm "$$pot"' EXIT && \
	$(BIN)/pybabel -q extract -F pyproject.toml --no-location --sort-output -o "$$pot" . && \
	$(BIN)/pybabel -q update -i "$$pot" -d studio/translations --no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date --no-wrap

clean: ## remove what was built, installed and stored here
	-@$(BIN)/studio down
	rm -rf .venv node_modules studio/static/vendor .cache build *.egg-info var

lock: ## choose the newest versions that fit pyproject.toml; needs the network
	tools=$$(mktemp -d) && trap 'rm -r "$$tools"' EXIT && $(BIN)/python -m venv "$$tools" && "$$tools/bin/pip" install -q uv && \
	"$$tools/bin/uv" pip compile pyproject.toml --extra test --universal --upgrade --generate-hashes --no-annotate -o requirements.lock
	PATH="$(CURDIR)/$(BIN):$$PATH" npm install --package-lock-only --ignore-scripts --no-audit --no-fund

.venv/installed: requirements.lock
	@echo "Installing the Python packages: about 3.5 GB to download, 7.4 GB on disk, three to six minutes."
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --require-hashes -r requirements.lock
	@touch $@

$(BIN)/studio: pyproject.toml .venv/installed
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation -e .
	@touch $@

$(ASSETS): package-lock.json | .venv/installed
	PATH="$(CURDIR)/$(BIN):$$PATH" npm ci --ignore-scripts --no-audit --no-fund
	mkdir -p $(@D) && cp node_modules/htmx.org/dist/htmx.min.js $@

%.mo: %.po | .venv/installed
	$(BIN)/pybabel compile --input-file $< --output-file $@
