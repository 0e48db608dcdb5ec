# One target per verb. `make serve` and `make test` work on a bare machine; everything is installed inside this folder.
SHELL := /bin/bash -o pipefail
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

VENV   := .venv
PY     := $(VENV)/bin/python
UV     := $(VENV)/bin/uv
STAMP  := .build
NATIVE := src/sightline/media/_native.abi3.so

UV_PIP := UV_NO_PROGRESS=1 VIRTUAL_ENV=$(VENV) $(UV) pip
export CARGO_TERM_COLOR ?= auto

RUST_SOURCES := $(shell find rust/core rust/driver rust/python -name '*.rs' -o -name 'Cargo.toml' 2>/dev/null) Cargo.toml Cargo.lock
WEB_SOURCES  := $(shell find web -path web/node_modules -prune -o -path web/dist -prune -o -type f -print 2>/dev/null)

say = @printf '\033[1m── %s\033[0m\n' "$(1)"

.PHONY: help
help: ## list the targets
	@grep -hE '^[a-z][a-z0-9-]*:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

# ── run ───────────────────────────────────────────────────────────────────────────────────────────────────────────

.PHONY: serve
serve: $(STAMP)/serve.env $(NATIVE) web/dist/field.html ## set everything up and start the server (ARGS="--help" for its options)
	@exec $(VENV)/bin/sightline serve $(ARGS)

.PHONY: web
web: web/dist/field.html ## build the web client

.PHONY: native
native: $(NATIVE) ## build the native core

# ── test ──────────────────────────────────────────────────────────────────────────────────────────────────────────

.PHONY: test
test: ## set up what the tests need and run them all
	@$(MAKE) --no-print-directory $(STAMP)/system
	@$(MAKE) --no-print-directory check
	@$(MAKE) --no-print-directory rust-test web-test service e2e lab-test
	@printf '\n\033[1mAll tests passed.\033[0m\n'

.PHONY: check
check: lint types unit web-check ## the fast half: lint, types, unit tests, sizes (under a minute when warm)

.PHONY: lint
lint: $(STAMP)/dev.env $(NATIVE) ## format, lint, import contracts, generated files
	$(call say,lint)
	@$(VENV)/bin/ruff format --check --quiet .
	@$(VENV)/bin/ruff check --quiet .
	@$(VENV)/bin/lint-imports --no-logo 2>&1 | tail -n 6
	@$(PY) tools/generate_types.py --check
	@$(PY) tools/generate_settings_reference.py --check
	@$(PY) tools/generate_cli_reference.py --check
	@$(PY) tools/generate_profile_schema.py --check
	@$(PY) tools/generate_targets_reference.py --check
	@cargo fmt --check
	@cargo clippy --quiet --workspace --all-targets -- -D warnings

.PHONY: types
types: $(STAMP)/dev.env ## mypy --strict
	$(call say,types)
	@$(VENV)/bin/mypy

.PHONY: unit
unit: $(STAMP)/dev.env $(NATIVE) ## the pure unit tests
	$(call say,unit tests)
	@$(VENV)/bin/pytest -q tests/unit

.PHONY: rust-test
rust-test: ## the Rust tests
	$(call say,Rust tests)
	@cargo test --quiet --workspace

.PHONY: web-check
web-check: $(STAMP)/web.env web/dist/field.html ## types, lint and size of the web client
	$(call say,web check)
	@cd web && npm run --silent check && npm run --silent lint && npm run --silent size

.PHONY: web-test
web-test: $(STAMP)/web.env ## the web client's unit tests
	$(call say,web tests)
	@cd web && npm run --silent test

.PHONY: service
service: $(STAMP)/dev.env $(NATIVE) $(STAMP)/pebble ## store, HTTP, front door, certificates: real sockets and files
	$(call say,service and interoperability tests)
	@TESTS_NEED_PEBBLE=1 $(VENV)/bin/pytest -q tests/service tests/interop

.PHONY: e2e
e2e: $(STAMP)/dev.env $(NATIVE) web/dist/field.html $(STAMP)/system ## whole calls in real browsers
	$(call say,end to end)
	@$(VENV)/bin/pytest -q tests/e2e

.PHONY: lab-test
lab-test: $(STAMP)/dev.env $(NATIVE) web/dist/field.html $(STAMP)/system ## the laboratory's own tests, and a few calls in it
	$(call say,laboratory)
	@$(VENV)/bin/pytest -q tests/lab

.PHONY: lab
lab: $(STAMP)/dev.env $(NATIVE) web/dist/field.html $(STAMP)/system ## calls through every firewall, NAT and proxy; writes lab/grid.md (needs root)
	@$(PY) -m lab $(ARGS)

.PHONY: audit-live
audit-live: $(STAMP)/dev.env $(NATIVE) $(STAMP)/system ## hold the audit of 600 sets of rules against packets; needs root
	@AUDIT_LIVE_SETS=300 $(VENV)/bin/pytest -q tests/service/rules/test_audit_live.py

.PHONY: fuzz
fuzz: ## fuzz every parser for SECONDS (default 60) each; needs a nightly toolchain and cargo-fuzz
	@tools/fuzz.sh $(or $(SECONDS_EACH),60)

.PHONY: bench-front
bench-front: $(STAMP)/dev.env $(NATIVE) ## the front door against uvicorn doing TLS itself: sockets, memory, CPU
	@$(PY) bench/front_door.py $(ARGS)

.PHONY: bench-relay
bench-relay: $(STAMP)/dev.env $(NATIVE) $(STAMP)/system ## our relay against coturn, in turns: CPU, delay, loss, memory (ARGS="--quick")
	@cargo build --quiet --release --manifest-path bench/relay/load/Cargo.toml --target-dir target/bench-relay
	@$(PY) bench/relay/compare.py $(ARGS)

.PHONY: bench-rules
bench-rules: $(STAMP)/dev.env $(STAMP)/aerleon/bin/python ## our rules against aerleon's: CPU time, and what passes that nobody asked for
	@PYTHONPATH=. $(PY) bench/rules/beside_aerleon.py $(ARGS)

# ── tend ──────────────────────────────────────────────────────────────────────────────────────────────────────────

.PHONY: format
format: $(STAMP)/dev.env $(STAMP)/web.env ## format Python, Rust and TypeScript
	@$(VENV)/bin/ruff format --quiet . && $(VENV)/bin/ruff check --quiet --fix . || true
	@cargo fmt
	@cd web && npm run --silent format

.PHONY: generated
generated: $(STAMP)/dev.env $(NATIVE) ## write the TypeScript types and the reference pages anew
	@$(PY) tools/generate_types.py
	@$(PY) tools/generate_settings_reference.py
	@$(PY) tools/generate_cli_reference.py
	@$(PY) tools/generate_profile_schema.py
	@$(PY) tools/generate_targets_reference.py

.PHONY: golden
golden: $(STAMP)/dev.env ## write every target's rules for every profile anew, to be read and committed
	@PYTHONPATH=. $(PY) -m tests.service.rules.golden

.PHONY: picture
picture: $(STAMP)/dev.env $(NATIVE) web/dist/field.html $(STAMP)/system ## draw the picture of the README anew, from a real call
	@PYTHONPATH=. $(PY) tools/draw_readme_picture.py

.PHONY: pins
pins: $(UV) ## resolve the Python requirements anew (hashed, without addresses)
	@for name in uv serve; do \
	  $(UV) pip compile --quiet --upgrade --generate-hashes --universal --python-version 3.11 --no-header \
	    -o requirements/$$name.txt requirements/$$name.in; done
	@$(UV) pip compile --quiet --upgrade --generate-hashes --universal --python-version 3.11 --no-header \
	    -c requirements/serve.txt -o requirements/dev.txt requirements/dev.in
	@$(UV) pip compile --quiet --upgrade --generate-hashes --universal --python-version 3.11 --no-header \
	    -o requirements/bench.txt requirements/bench.in

.PHONY: clean
clean: ## remove everything that was built (not the data folder)
	rm -rf $(STAMP) $(VENV) target web/node_modules web/dist $(NATIVE)

# ── how it is set up ──────────────────────────────────────────────────────────────────────────────────────────────

$(STAMP)/tools: tools/check_tools.sh
	@tools/check_tools.sh
	@mkdir -p $(STAMP) && touch $@

$(UV): requirements/uv.txt | $(STAMP)/tools
	$(call say,creating the Python environment)
	@python3 -m venv $(VENV)
	@$(VENV)/bin/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/uv.txt
	@touch $(UV)

# serve.env installs what running needs; dev.env is a superset, so whichever came last is left in place.
$(STAMP)/serve.env: $(UV) requirements/serve.txt
	$(call say,installing Python packages)
	@$(UV_PIP) install --quiet --require-hashes -r requirements/serve.txt
	@touch $@

$(STAMP)/dev.env: $(UV) requirements/dev.txt | $(STAMP)/serve.env
	$(call say,installing Python packages for development)
	@$(UV_PIP) install --quiet --require-hashes -r requirements/dev.txt
	@touch $@

# A peer to be measured against has an environment of its own: what it needs is no business of ours.
$(STAMP)/aerleon/bin/python: $(UV) requirements/bench.txt
	$(call say,installing aerleon)
	@$(UV) venv --quiet --clear $(STAMP)/aerleon
	@UV_NO_PROGRESS=1 VIRTUAL_ENV=$(STAMP)/aerleon $(UV) pip install --quiet --require-hashes -r requirements/bench.txt
	@touch $@

$(NATIVE): $(RUST_SOURCES) pyproject.toml | $(STAMP)/serve.env
	$(call say,building the native core (the first time takes a few minutes))
	@VIRTUAL_ENV=$(CURDIR)/$(VENV) PATH="$(CURDIR)/$(VENV)/bin:$$PATH" $(VENV)/bin/maturin develop --release --uv
	@touch $@

$(STAMP)/web.env: web/package.json web/package-lock.json | $(STAMP)/tools
	$(call say,installing web packages)
	@cd web && npm ci --silent --no-audit --no-fund
	@touch $@

web/dist/field.html: $(STAMP)/web.env $(WEB_SOURCES)
	$(call say,building the web client)
	@cd web && npm run --silent build
	@touch $@

# What only tests need from the system: a browser, and Go for the ACME test server.
$(STAMP)/system: tools/install_system.sh | $(STAMP)/tools
	$(call say,looking for what the tests need from the system)
	@tools/install_system.sh
	@touch $@

$(STAMP)/pebble: tools/build_pebble.sh $(STAMP)/system
	@tools/build_pebble.sh
	@touch $@
