# Two commands do all set-up on a fresh machine: `make demo` and `make test`.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help demo test soak lint bench prerequisites

CARGO := cargo
LOG := .test/test.log

help: ## List the commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: prerequisites ## Build Tracewright and open a demonstration plant
	@$(CARGO) run --locked -p tracewright -- demo

test: ## Install what is missing, build, and pass every test
	@xtask/prerequisites.sh test
	@mkdir -p $(dir $(LOG))
	@$(CARGO) run --locked --quiet -p xtask -- check
	@if $(CARGO) nextest --version >/dev/null 2>&1; then \
	  $(CARGO) test --locked --workspace --doc 2>&1 | tee $(LOG); \
	  $(CARGO) nextest run --locked --workspace 2>&1 | tee -a $(LOG); \
	else \
	  $(CARGO) test --locked --workspace --no-fail-fast 2>&1 | tee $(LOG); \
	fi
	@xtask/closing-lines.sh $(LOG)

# How much a soak does; the short forms of the same tests are part of `make test`.
CRASH_ROUNDS := 500
ALTERATIONS := 1140
FUZZ_ROUNDS := 50000
WORK_ROUNDS := 200
LOAD_SECONDS := 180
LOAD_ITEMS := 100000
SOAK := $(CARGO) test --locked --release

soak: prerequisites ## Kill, alter, fuzz and load it for long; prints seeds and figures
	TRACEWRIGHT_CRASH_ROUNDS=$(CRASH_ROUNDS) $(SOAK) -p engine --test verify -- --nocapture crash::
	TRACEWRIGHT_TAMPER_ALTERATIONS=$(ALTERATIONS) \
	  $(SOAK) -p engine --test verify -- --nocapture tamper::
	TRACEWRIGHT_FUZZ_ROUNDS=$(FUZZ_ROUNDS) \
	  $(SOAK) -p engine --test fuzz -- --nocapture --test-threads=1
	TRACEWRIGHT_WORK_ROUNDS=$(WORK_ROUNDS) $(SOAK) -p engine --test work -- --nocapture model::
	TRACEWRIGHT_LOAD_SECONDS=$(LOAD_SECONDS) TRACEWRIGHT_LOAD_ITEMS=$(LOAD_ITEMS) \
	  $(SOAK) -p tracewright --test cli -- --nocapture load::

lint: prerequisites ## Check format, lints, licences and the rules of the house
	@{ $(CARGO) fmt --version && $(CARGO) clippy --version; } >/dev/null 2>&1 || \
	  rustup component add rustfmt clippy
	$(CARGO) fmt --all --check
	$(CARGO) clippy --locked --workspace --all-targets -- -D warnings
	@if $(CARGO) deny --version >/dev/null 2>&1; then \
	  $(CARGO) deny check bans licenses sources; \
	else \
	  echo "cargo-deny is not installed: licences and sources were not checked"; \
	fi
	$(CARGO) run --locked --quiet -p xtask -- check

bench: prerequisites ## Measure speed against PostgreSQL into bench/RESULTS.md
	@bench/prerequisites.sh
	@$(CARGO) run --locked --release -p bench -- all --record bench/RESULTS.md

prerequisites:
	@xtask/prerequisites.sh
