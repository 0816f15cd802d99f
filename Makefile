# Two commands do all set-up on a fresh machine: `make demo` and `make test`.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help demo test lint prerequisites

CARGO := cargo
LOG := .test/test.log

help: ## List the commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: prerequisites ## Build Tracewright and open a demonstration plant
	@$(CARGO) run --locked -p tracewright -- demo

test: prerequisites ## Install what is missing, build, and pass every test
	@mkdir -p $(dir $(LOG))
	@$(CARGO) run --locked --quiet -p xtask -- check
	@if $(CARGO) nextest --version >/dev/null 2>&1; then \
	  $(CARGO) test --locked --workspace --doc 2>&1 | tee $(LOG); \
	  $(CARGO) nextest run --locked --workspace 2>&1 | tee -a $(LOG); \
	else \
	  $(CARGO) test --locked --workspace --no-fail-fast 2>&1 | tee $(LOG); \
	fi
	@xtask/closing-lines.sh $(LOG)

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

prerequisites:
	@xtask/prerequisites.sh
