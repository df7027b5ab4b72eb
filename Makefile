# Two commands matter: `make run` and `make test`. `make help` prints them all.
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
BIN := .venv/bin
WORKERS ?= 2
TESTS ?= tests
PO := market/translations/zh_Hans/LC_MESSAGES/messages.po
COMPILE := $(BIN)/uv pip compile --quiet --generate-hashes --no-emit-index-url --no-header

.PHONY: help run test nightly bench-ledger cover check fmt lock translate acts asvs clean setup setup-dev

help: ## Print this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 20

run: setup ## Set up, migrate, load the demo where the database is empty, serve on 127.0.0.1:8000
	@MARKET_DEMO=$${MARKET_DEMO-1} exec $(BIN)/python -m market

test: setup-dev ## Run the tests (TESTS=tests/deals for one slice, WORKERS=0 for one process)
	@$(BIN)/python -m pytest -n $(WORKERS) $(TESTS)

nightly: setup-dev ## Run the tests at the full sizes of the promises; takes an hour or more
	@MARKET_NIGHTLY=1 $(BIN)/python -m pytest -n $(WORKERS) $(TESTS)

bench-ledger: setup-dev ## Measure how fast money is booked, beside the bare driver, and a balance among a million
	@$(BIN)/python -m tests.bench.ledger

cover: setup-dev ## Run the tests and gate the branch coverage of rules and commands
	@$(BIN)/python -m pytest -n $(WORKERS) --cov --cov-report=term $(TESTS)

check: setup-dev ## Lint, format, types, arrows, house rules, migrations, translations
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	@$(BIN)/python -m pytest --quiet tests/test_architecture.py tests/test_migrations.py tests/test_translations.py

fmt: setup-dev ## Put imports and layout in order
	$(BIN)/ruff check --fix --select I .
	$(BIN)/ruff format .

lock: setup-dev ## Renew lock.txt and lock-dev.txt from pyproject.toml (no registry host is named)
	$(COMPILE) --upgrade pyproject.toml --output-file lock.txt
	$(COMPILE) --upgrade --constraint lock.txt --group dev pyproject.toml --output-file lock-dev.txt

translate: setup-dev ## Collect new sentences into the Chinese catalogue and list what lacks Chinese
	@mkdir -p build
	@$(BIN)/pybabel --quiet extract -F babel.cfg -k "N_ _l lazy_gettext" --no-location --sort-output --omit-header -o build/messages.pot market
	@$(BIN)/pybabel --quiet update -N --no-wrap --ignore-obsolete -i build/messages.pot -o $(PO) -l zh_Hans --ignore-pot-creation-date
	@$(BIN)/python -m pytest --quiet tests/test_translations.py

asvs: setup-dev ## Print the security checklist: what holds each item, or why none does yet
	@$(BIN)/python -m tests.security.asvs

acts: setup-dev ## Print the table of authority into docs/acts.md
	@$(BIN)/flask --app wsgi acts > docs/acts.md

clean: ## Remove caches and the environment; never instance/, where the data lives
	rm -rf .venv build screenshots .coverage .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find market tests migrations -name __pycache__ -type d -prune -exec rm -rf {} +

setup:
	@tools/install lock.txt

setup-dev:
	@tools/install lock-dev.txt
