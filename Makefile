# Each target does its own set-up. What it made is remembered in stamp files, so a second call starts at once.

PYTHON ?= python3
VENV ?= .venv
CACHE := $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/olbuild-dev
WHEEL_CACHE ?= $(CACHE)/wheels

BIN := $(VENV)/bin
# Where .ci/run puts the programs that no package of the system has.
export PATH := $(PATH):$(CACHE)/bin
# The tests start thousands of commands; with its bytecode kept, as it is where it is installed, each takes half the time.
unexport PYTHONDONTWRITEBYTECODE
SOURCES := $(wildcard olbuild tests benchmarks examples)

# The length of `make soak`: minutes of laws and load, half each, a quarter for models, and a third for each of four
# fuzzers; rounds of kills.
MINUTES ?= 30
ROUNDS ?= 100

# More for pytest, such as PYTEST="-k registry -x". The files of tests are shared among processes (how many:
# tests/conftest.py), in the order of their names: the many short ones of tests/unit come last, and all end together.
PYTEST ?=
# A process that dies, as one whose test hangs does (pyproject.toml), has no successor, which would begin with that test.
PARALLEL := -n auto --dist loadfile --no-loadscope-reorder --max-worker-restart 0

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:
.PHONY: help demo test test-others test-quick venvs check lint types contracts format soak bench docs-check clean venv engine \
	llama-server clients

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

demo: engine ## build, serve a registry, push, pull and ask a real model
	$(BIN)/python examples/demo.py

test: engine ## all tests on this Python, and the quick ones on the oldest and the newest installed
	$(BIN)/python -m pytest $(PARALLEL) $(PYTEST)
	@$(MAKE) --no-print-directory test-others

# Usage: $(call with_others,TARGET)
with_others = @for other in $$($(BIN)/python tests/pythons.py); do \
		$(MAKE) --no-print-directory $(1) VENV=".venv-$${other%%=*}" PYTHON="$${other\#*=}" || exit 1; \
	done

test-others: venv
	$(call with_others,test-quick)

venvs: venv
	$(call with_others,venv)

# What needs neither the engine nor another program.
test-quick: venv
	$(BIN)/python -m pytest -m "not soak and not integration" $(PARALLEL) $(PYTEST) \
		$(wildcard tests/architecture tests/golden tests/property tests/unit)

check: lint types contracts test ## everything that CI checks

lint: venv ## ruff: rules and format
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: venv ## mypy, strict
	$(BIN)/mypy $(SOURCES)

contracts: venv ## import-linter: who may import whom
	$(BIN)/lint-imports --no-logo

format: venv ## rewrite the files in ruff's format, safe fixes included
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

soak: engine ## the long kill, fuzz and load runs (MINUTES=30 ROUNDS=100)
	SOAK_MINUTES=$(MINUTES) SOAK_ROUNDS=$(ROUNDS) $(BIN)/python -m pytest -m soak -s -o faulthandler_timeout=0 tests/soak \
		$(PYTEST)

bench: engine ## measure olbuild beside its peers
	$(BIN)/python -m benchmarks

docs-check: engine ## execute the code blocks of README.md and docs/
	$(BIN)/python -m pytest tests/docs $(PYTEST)

clean: ## remove what make and the tools made here (the cache folder stays)
	rm -rf .venv .venv-* build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

venv: $(VENV)/.installed ## make .venv: olbuild, editable, and the tools of development

llama-server: venv ## build llama.cpp's server, bench and cli from source, for tests and benchmarks beside them
	bash .ci/llama-server $(BIN)/python

# By pip, npm and go, all at once: they wait for their registries most of the time. One alone: make clients CLIENTS=golang
CLIENTS ?= clients frameworks agents crew javascript golang

clients: venv ## install the clients that tests ask the server with
	@printf '%s\n' $(CLIENTS:%=$(CACHE)/%/.installed) | xargs -P 8 -n 1 $(MAKE) --no-print-directory

engine: $(VENV)/.engine ## add llama.cpp to .venv (compiled once, then kept in the cache folder)

# pip is renewed first: old ones know no dependency groups and write console scripts that start slowly. Each module is
# compiled when it is imported: half of them never are.
$(VENV)/.installed: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "olbuild needs Python 3.11 or newer, and $(PYTHON) is older or missing; try: make PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' || { \
		echo "$(PYTHON) cannot make virtual environments; on Debian: apt install python3-venv" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade "pip>=25.1"
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile --editable ".[server,editor]" --group dev
	@touch $@

# Each group of clients has a virtual environment of its own: they need other versions of what they share. The lists are
# whole, so that pip has nothing to find out. The list that was installed last is the stamp: in a fresh clone a list is
# newer, and most often the same.
$(CACHE)/%/.installed: tests/integration/clients/requirements/%.txt | $(VENV)/.installed
	@cmp -s $< $@ && $(CACHE)/$*/bin/python -c "" || { set -ex; \
		$(PYTHON) -m venv --clear --without-pip $(CACHE)/$*; \
		$(BIN)/python -m pip --python $(CACHE)/$*/bin/python install --quiet --disable-pip-version-check --no-deps \
			--no-compile --requirement $<; \
		cp $< $@; }
	@touch $@

$(CACHE)/javascript/.installed: tests/integration/clients/javascript/package-lock.json
	@cmp -s $< $@ || { set -ex; rm -f $@; mkdir -p $(@D); \
		cp $(<D)/package.json $< $(@D); \
		npm ci --prefix $(@D) --ignore-scripts --no-audit --no-fund --loglevel error; \
		cp $< $@; }
	@touch $@

$(CACHE)/golang/.installed: $(wildcard tests/integration/clients/go/*)
	cd tests/integration/clients/go && CGO_ENABLED=0 go build -o $(@D)/with_ollama_go
	@touch $@

$(VENV)/.engine: $(VENV)/.installed
	$(BIN)/python -m olbuild.llama.install --cache $(WHEEL_CACHE)
	@touch $@
