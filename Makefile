# What a person or CI runs. Needs Python 3.11 or newer and Node.js 20.11 or newer, and nothing else.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.NOTPARALLEL:

# 3.11 comes first because it is the runtime that is deployed (firebase.json). The others are those
# that both the locked requirements and the Firebase CLI support.
PYTHON_CANDIDATES := python3.11 python3.12 python3.13 python3.14 python3
PYTHON_PROBE := import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))
ifndef PYTHON
PYTHON := $(shell for python in $(PYTHON_CANDIDATES); do \
	if "$$python" -c '$(PYTHON_PROBE)' >/dev/null 2>&1; then echo "$$python"; break; fi; done)
endif
NODE_PROBE := const [major, minor] = process.versions.node.split("."); process.exit(major > 20 || (major == 20 && minor >= 11) ? 0 : 1)

VENV := venv/bin
# Not in the root: the CLI takes functions beside a package.json for Node.js ones.
CLI := firebase-cli
BROWSER := tests/browser
BIGQUERY := bigquery-emulator
DASHBOARD := dashboard
DASHBOARD_SOURCES := $(shell find $(addprefix $(DASHBOARD)/,app components lib public scripts styles next.config.ts tsconfig.json) -type f)
# "No such interpreter" and "another minor version" both mean: start the venv afresh.
SAME_PYTHON := [ "$$($(PYTHON) -c 'import sys; print(sys.version_info[:2])')" = \
	"$$($(VENV)/python -c 'import sys; print(sys.version_info[:2])' 2>/dev/null)" ]
# Hundreds of processes import the product: without stored bytecode each compiles it, and each
# worker rewrites the assertions of every test.
unexport PYTHONDONTWRITEBYTECODE
# Processes that run the tests; each takes a core.
WORKERS := 2
LOCK := CUSTOM_COMPILE_COMMAND="make lock" $(VENV)/pip-compile --quiet --strip-extras --allow-unsafe \
	--no-emit-index-url --no-emit-find-links --no-emit-trusted-host

.PHONY: help check install test test-deep format lock demo emulators screenshots bench bench-tasks clean

help:
	@echo "make install    install the locked versions of everything, nothing outside of this folder"
	@echo "make test       format, lint, types, layers and every test"
	@echo "make test-deep  the tests of properties on other examples each time, and ten times as many"
	@echo "make demo       the local stack with real orders loaded through the real trigger"
	@echo "make emulators  the local stack without data, until Ctrl-C"
	@echo "make screenshots  pictures of the dashboard of a demo that is up, for docs/dashboard.md"
	@echo "make bench      the benchmarks"
	@echo "make bench-tasks  a night of 300 organisations through the local task queues"
	@echo "make format     rewrite the code as 'make test' wants it"
	@echo "make lock       recompile requirements*.txt and every package-lock.json"
	@echo "make clean      remove what the other targets made"

check:
	@"$(PYTHON)" -c '$(PYTHON_PROBE)' >/dev/null 2>&1 || { echo "Python 3.11 to 3.14 with its venv module is required: install one of them, or name it with 'make PYTHON=/path/to/python3'." >&2; exit 1; }
	@node -e '$(NODE_PROBE)' >/dev/null 2>&1 || { echo "Node.js 20.11 or newer is required: install it and put 'node' on the PATH." >&2; exit 1; }
	@npm --version >/dev/null 2>&1 || { echo "npm is required: install it (it comes with Node.js) and put it on the PATH." >&2; exit 1; }

install: venv/.installed $(BIGQUERY)/venv/.installed $(CLI)/node_modules/.installed $(BROWSER)/node_modules/.installed $(DASHBOARD)/out/.built

venv/.installed: requirements.txt requirements-dev.txt | check
	@$(SAME_PYTHON) || "$(PYTHON)" -m venv --clear venv
	$(VENV)/python -m pip install --quiet --disable-pip-version-check --requirement requirements-dev.txt
	@touch $@

# An environment of its own, since the emulator needs another protobuf than the product. The import
# puts the extension, which came as a package, where DuckDB looks for it.
$(BIGQUERY)/venv/.installed: $(BIGQUERY)/requirements.txt | check
	"$(PYTHON)" -m venv --clear $(BIGQUERY)/venv
	$(BIGQUERY)/venv/bin/python -m pip install --quiet --disable-pip-version-check --requirement $<
	$(BIGQUERY)/venv/bin/python -c 'from duckdb_extensions import import_extension; import_extension("spatial")'
	@touch $@

# No package needs its install script here, and one of the CLI's would download a binary.
$(CLI)/node_modules/.installed $(BROWSER)/node_modules/.installed $(DASHBOARD)/node_modules/.installed: %/node_modules/.installed: \
		%/package.json %/package-lock.json | check
	npm --prefix $* ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

# Needs no network: its fonts are the system's.
$(DASHBOARD)/out/.built: $(DASHBOARD)/node_modules/.installed $(DASHBOARD_SOURCES)
	npm --prefix $(DASHBOARD) run --silent build
	@touch $@

# Layers and types are checked beside the tests, which wait now and then.
test: install
	$(VENV)/ruff format --check .
	$(VENV)/ruff check .
	{ $(VENV)/lint-imports && $(VENV)/mypy && npm --prefix $(DASHBOARD) run --silent lint; } & checks=$$!; trap 'kill $$checks 2>/dev/null || true' EXIT; \
		$(VENV)/python -m pytest -n $(WORKERS); wait $$checks

test-deep: install
	$(VENV)/python -m pytest -n $(WORKERS) -m hypothesis --hypothesis-profile=deep --timeout=7200

format: install
	$(VENV)/ruff format .
	$(VENV)/ruff check --fix .

demo: install
	$(VENV)/python -m tools.demo.run

emulators: install
	$(VENV)/python -m tools.stack.local_stack

# Of a demo that is up.
screenshots: install
	mkdir -p docs/screenshots
	node $(DASHBOARD)/tests/browser/screenshots.mjs http://127.0.0.1:$${DASHBOARD_PORT:-3000} docs/screenshots

bench: install
	$(VENV)/python -m tests.benchmarks

bench-tasks: install
	$(VENV)/python -m tests.benchmarks.task_night

# Only with the Python that is deployed: for another one the pins may be others.
lock: install
	@$(VENV)/python -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' || { echo "The requirements are locked for Python 3.11: run 'make clean', then 'make lock PYTHON=/path/to/python3.11'." >&2; exit 1; }
	$(LOCK) --output-file requirements.txt requirements.in
	$(LOCK) --output-file requirements-dev.txt requirements-dev.in
	$(LOCK) --output-file $(BIGQUERY)/requirements.txt $(BIGQUERY)/requirements.in
	for folder in $(CLI) $(BROWSER) $(DASHBOARD); do \
		npm --prefix $$folder install --package-lock-only --omit-lockfile-registry-resolved --ignore-scripts --no-audit --no-fund; done

clean:
	rm -rf $(addprefix $(DASHBOARD)/,node_modules .next .tests out next-env.d.ts)
	rm -rf venv $(BIGQUERY)/venv $(CLI)/node_modules $(BROWSER)/node_modules .emulators .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	rm -f firebase.local.*.json *-debug.log
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
