# Needs git, make and Python 3.11 or newer. Everything else is set up in .tools and .venv.
.DEFAULT_GOAL := help
.PHONY: help setup demo run migrate test lint check bench screenshots

UV := $(shell command -v uv || echo .tools/bin/uv)
ARGS ?=

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: setup ## Run the whole loop on this machine (ARGS=--play tells it as a transcript and ends)
	@.venv/bin/otklik demo $(ARGS)

run: setup ## Run the product as .env and catalog.yaml say
	@.venv/bin/otklik run $(ARGS)

migrate: setup ## Bring the database to this version's schema
	@.venv/bin/otklik migrate

test: setup ## Run all tests, `alembic check` among them
	.venv/bin/pytest -n 3 $(ARGS)

lint: setup ## Check style, arrows between the rooms, and types
	.venv/bin/ruff check
	.venv/bin/ruff format --check
	.venv/bin/lint-imports
	.venv/bin/mypy

check: lint test ## Everything that must be green

bench: setup ## Measure the speeds, each against its floor in the same run
	.venv/bin/python -m tests.benchmarks $(ARGS)

screenshots: setup ## Make the pictures in docs/images from the running page (needs Chromium)
	.venv/bin/python -m tests.page.screenshots

setup: $(UV) ## Install into .venv what uv.lock names
	@$(UV) sync --frozen --quiet

.tools/bin/uv:
	@python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Otklik needs Python 3.11 or newer as python3; this is $$(python3 --version 2>&1)."; exit 1; }
	@python3 -m venv .tools || \
		{ echo "This Python cannot make virtual environments. On Debian or Ubuntu: apt-get install python3-venv"; \
		rm -rf .tools; exit 1; }
	@.tools/bin/pip install --quiet --disable-pip-version-check uv
