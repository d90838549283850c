# Everything a person or CI does here. `make` alone says what there is.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules

PYTHON ?= python3
EXAMPLES ?= 300
SEEDS ?= 1 2 3
BIN := .venv/bin
NODE := node_modules/.bin
export REDOCLY_TELEMETRY := off
export REDOCLY_SUPPRESS_UPDATE_NOTICE := true
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: help
help: ## Say what there is
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: run
run: .venv/run.stamp ## Serve on this machine, with its own PostgreSQL and the example programs
	$(BIN)/chancery serve --with-examples

.PHONY: test
test: .venv/dev.stamp ## Run every test that needs Python alone
	$(BIN)/pytest --numprocesses auto --dist loadscope $(ARGS)

.PHONY: check
check: check-files check-style check-sql check-contract check-types check-client ## Run every check that is not a test

.PHONY: browser
browser: .venv/dev.stamp node_modules/.stamp ## Use the docs and the API from a real browser
	@test -n "$${CHROMIUM:-}" || command -v chromium chromium-browser google-chrome >/dev/null \
	  || { echo "make browser needs Chromium: apt-get install chromium" >&2; exit 1; }
	$(BIN)/python tools/with_server.py node --test tests/browser/

.PHONY: fuzz
fuzz: .venv/dev.stamp ## Attack a live server: EXAMPLES=300 SEEDS="1 2 3" ACTORS="owner reader"
	CHANCERY_RATE_LIMIT_PER_MINUTE=1000000 CHANCERY_RATE_LIMIT_ANONYMOUS_PER_MINUTE=1000000 \
	  EXAMPLES=$(EXAMPLES) SEEDS="$(SEEDS)" PYTHONPATH=. $(BIN)/python tools/with_server.py tools/fuzz.sh

.PHONY: bench
bench: .venv/dev.stamp ## Measure against the promises
	$(BIN)/python -m bench $(ARGS)

.PHONY: openapi
openapi: .venv/dev.stamp ## Write openapi.yaml from the code
	$(BIN)/chancery openapi --write

.PHONY: migration
migration: .venv/dev.stamp ## Start a migration: make migration name=add_talks
	@test -n "$(name)" || { echo "usage: make migration name=add_talks" >&2; exit 1; }
	$(BIN)/python -m migrations.new "$(name)"

.PHONY: image
image: ## Build the container image with the engine that is there
	tools/image.sh

.PHONY: lock
lock: .venv/dev.stamp ## Resolve the locks again (UPGRADE=--upgrade for the newest versions)
	$(BIN)/uv $(LOCK) pyproject.toml --group build -o locks/run.txt
	$(BIN)/uv $(LOCK) pyproject.toml --group dev --extra otel -c locks/run.txt -o locks/dev.txt
	npm install --package-lock-only
LOCK = pip compile --quiet --universal --python-version 3.11 --generate-hashes \
  --no-emit-index-url --no-annotate --no-header $(UPGRADE)

.PHONY: clean
clean: ## Remove what the other targets made
	rm -rf .venv build dist node_modules .hypothesis .import_linter_cache .pytest_cache .ruff_cache .schemathesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The parts of `make check`, from fast to slow.

.PHONY: check-files
check-files: .venv/dev.stamp node_modules/.stamp
	cd api/docs && sha256sum --check --quiet scalar.js.sha256
	@! grep -nE '(^--|https?://|"resolved")' locks/*.txt <(sed '/"url":/d' package-lock.json) \
	  || { echo "a lock file names where it was made: see .npmrc and make lock" >&2; exit 1; }
	$(BIN)/pip check
	$(BIN)/hadolint --config .hadolint.yaml Dockerfile
	$(NODE)/dclint --config .dclintrc --max-warnings 0 docker-compose.yml
	diff <(grep -oE '\$$\{[A-Z_]+' docker-compose.yml | tr -d '$${' | sort -u) \
	  <(grep -oE '^[A-Z_]+' .env.example | sort -u)

.PHONY: check-style
check-style: .venv/dev.stamp
	$(BIN)/ruff format --check --quiet
	$(BIN)/ruff check --quiet
	$(BIN)/lint-imports --no-logo

.PHONY: check-sql
check-sql: .venv/dev.stamp
	$(BIN)/python -m migrations.sql
	$(BIN)/squawk --config .squawk.toml build/sql/*.sql

.PHONY: check-contract
check-contract: .venv/dev.stamp node_modules/.stamp
	$(BIN)/chancery openapi --check
	$(BIN)/openapi-spec-validator openapi.yaml
	$(NODE)/redocly lint --lint-config error openapi.yaml
	$(NODE)/spectral lint --fail-severity hint openapi.yaml
	$(BIN)/python tools/breaking.py

.PHONY: check-types
check-types: .venv/dev.stamp node_modules/.stamp
	$(NODE)/pyright --project pyproject.toml

.PHONY: check-client
check-client: .venv/dev.stamp node_modules/.stamp
	$(NODE)/openapi-typescript openapi.yaml --redocly tools/client/redocly.yaml --output build/client/schema.d.ts
	$(NODE)/tsc --project tools/client
	$(NODE)/tsc --project tests/browser
	$(BIN)/python tools/with_server.py node build/client-out/tools/client/smoke.js
	$(BIN)/python tools/with_server.py bash -c '$(NODE)/redocly respect docs/flows/*.arazzo.yaml \
	  --server "chancery=$$BASE_URL" --input "ownerToken=$$OWNER_TOKEN"'

# What the targets stand on. A stamp is newer than what it was made from, so a second make does nothing.

.venv/bin/python:
	@command -v $(PYTHON) >/dev/null && $(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Chancery needs Python 3.11 or newer: apt-get install python3, or make PYTHON=/path/to/it" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null \
	  || { echo "this Python cannot make an environment: apt-get install python3-venv" >&2; exit 1; }
	$(PYTHON) -m venv .venv

INSTALL = $(BIN)/pip install --quiet --require-hashes -r $< \
  && $(BIN)/pip install --quiet --no-deps --no-build-isolation --editable .

.venv/run.stamp: locks/run.txt pyproject.toml | .venv/bin/python
	$(INSTALL)
	@touch $@

.venv/dev.stamp: locks/dev.txt pyproject.toml | .venv/bin/python
	$(INSTALL)
	@touch .venv/run.stamp $@

node_modules/.stamp: package-lock.json package.json .npmrc
	@command -v node >/dev/null && node -e 'process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)' \
	  && command -v npm >/dev/null \
	  || { echo "this target needs Node 20 or newer with npm: apt-get install nodejs npm (Debian 13), or nodejs.org" >&2; exit 1; }
	npm ci
	@touch $@
