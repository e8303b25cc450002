# Each target sets up what it needs, starting from Python 3.11+ and make.
.DEFAULT_GOAL := help
.PHONY: help demo demo-site test check fix test-all bench docs web serve setup release clean

BIN := .venv/bin
READY := .venv/.ready
CUSTOMERS ?= 50000

help: ## show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-9s %s\n", $$1, $$2}'

demo: $(READY) ## simulate a business and run the whole pipeline on it, up to report.html
	@$(BIN)/holdfast demo --out demo --customers $(CUSTOMERS)

demo-site: $(READY) ## the web app on a demo of 2,000 customers as plain files in site/ (BASE=/path of the host)
	@test -f site-demo/holdfast.yaml || $(BIN)/holdfast demo --out site-demo --customers 2000
	@$(BIN)/holdfast publish site-demo
	@$(BIN)/python scripts/write_demo_site.py site-demo site --base "$(BASE)"

test: $(READY) ## the quick tests (less than 20 minutes on 2 cores)
	@$(BIN)/pytest -n 3 --dist loadfile -m "not slow"

test-all: $(READY) ## every test, the slow ones too
	@$(BIN)/pytest -n 3 --dist loadfile

check: $(READY) ## style, spelling, types, import layers
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/codespell
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python scripts/build_web.py --types

fix: $(READY) ## correct style automatically
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

bench: $(READY) ## speed and quality, compared with other software
	@for script in benchmarks/*.py; do echo "== $$script"; $(BIN)/python $$script || exit 1; done

docs: $(READY) ## write the generated reference pages again
	@$(BIN)/python scripts/write_reference.py
	@$(BIN)/python scripts/write_openapi.py

web: $(READY) ## build the web app into the package (needs Node; users never do)
	@$(BIN)/python scripts/build_web.py

serve: $(READY) ## show the demo's results in a browser: http://127.0.0.1:8000
	@test -d demo/runs/latest/reports || { echo "There is no demo yet. Next: make demo"; exit 2; }
	@$(BIN)/holdfast serve demo

setup: $(READY) ## create .venv with everything that is needed

release: $(READY) ## VERSION=1.2.3: version, changelog, wheel, and a test of the wheel
	@$(BIN)/python scripts/release.py "$(VERSION)"

$(READY): pyproject.toml uv.lock
	@sh scripts/setup.sh
	@touch $(READY)

clean: ## remove the virtual environment, caches and the demo
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache demo site-demo site
