# Each target sets up what it needs; nothing but Python 3.11+ and make must be there before.
.DEFAULT_GOAL := help
.PHONY: help demo test check fix test-all bench docs serve setup clean

BIN := .venv/bin
READY := .venv/.ready
CUSTOMERS ?= 50000

help: ## show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-9s %s\n", $$1, $$2}'

demo: $(READY) ## a simulated business, from raw records to report.html, in one go
	@$(BIN)/holdfast demo --out demo --customers $(CUSTOMERS)

test: $(READY) ## the quick tests (under 10 minutes on 2 cores)
	@$(BIN)/pytest -n 2 --dist loadfile -m "not slow"

test-all: $(READY) ## every test, the slow ones too
	@$(BIN)/pytest -n 2 --dist loadfile

check: $(READY) ## style, types, import layers
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

fix: $(READY) ## fix what a machine can fix
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

bench: $(READY) ## speed and quality, side by side with a peer
	@for script in benchmarks/*.py; do echo "== $$script"; $(BIN)/python $$script || exit 1; done

docs: $(READY) ## write the generated reference pages anew
	@$(BIN)/python scripts/write_reference.py

serve: $(READY) ## show the demo's report at http://127.0.0.1:8000/report.html
	@test -d demo/runs/latest/reports || { echo "There is no demo yet. Next: make demo"; exit 2; }
	@$(BIN)/python -m http.server 8000 --bind 127.0.0.1 --directory demo/runs/latest/reports

setup: $(READY)

$(READY): pyproject.toml uv.lock
	@sh scripts/setup.sh
	@touch $(READY)

clean: ## remove the virtual environment, caches and the demo
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache demo
