# Everything starts here: `make help`. Each target sets up first; done once, that takes a moment.

export RASA_TELEMETRY_ENABLED := false

BIN := .venv/bin
# The first Python that really runs: inside this folder pyenv's python3 fails where it has no 3.10.
PYTHON ?= $(shell for p in python3 /usr/bin/python3 /usr/local/bin/python3 python3.10 python; do \
	"$$p" -c 'import sys; sys.exit(sys.version_info < (3, 8))' >/dev/null 2>&1 && { echo "$$p"; break; }; done)

.DEFAULT_GOAL := help
.PHONY: help setup run test check train evaluate bench conformance

help: ## show this
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## get everything that is needed, and nothing else
	@python="$(PYTHON)"; if [ -z "$$python" ]; then \
		echo "setup: Install Python 3 (3.8 or newer), then run this again." >&2; exit 1; fi; \
	exec "$$python" tools/bootstrap.py

run: setup ## serve on http://localhost:8080 until Ctrl-C, with the settings of .env if there is one
	@set -a; if [ -f .env ]; then . ./.env; fi; exec $(BIN)/homeward up

test: setup ## train the model if needed, then run all tests that this machine can run
	@$(BIN)/python -W ignore -m bot.training --if-needed
	@$(BIN)/pytest -n 2 --dist loadfile

check: setup ## format, lint, types, who imports whom, and the lock file
	@$(BIN)/ruff format --check --quiet --output-format concise . || { echo "mend it with: $(BIN)/ruff format"; exit 1; }
	@$(BIN)/ruff check --quiet --output-format concise .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo
	@.tools/uv lock --check --offline --quiet

train: setup ## train the model anew
	@$(BIN)/python -W ignore -m bot.training

evaluate: setup ## measure how well messages are understood, into docs/evaluation.md
	@$(BIN)/python -W ignore -m bot.training --if-needed
	@$(BIN)/python -W ignore -m benchmarks.evaluation_page

bench: setup ## measure what DESIGN promises, against what it promises
	@$(BIN)/python -m benchmarks

conformance: setup ## let Schemathesis try to break the HSDS API (fetches it once)
	@$(BIN)/python -W ignore -m tests.web.hsds.conformance
