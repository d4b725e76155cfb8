# `make demo` shows what the collection does, on real clusters on this machine; `make test` runs every test.
# Everything that is built lies in the user's cache folder.

CACHE := $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/fleet-cilium
PYTHON_ENV := $(CACHE)/venv/bin
RUN := PATH="$(PYTHON_ENV):$$PATH" $(PYTHON_ENV)/python -m
STAGES := lint types unit charts sanity integration molecule

.DEFAULT_GOAL := help
.PHONY: help demo demo-down test test-charts $(STAGES) bench proof-status proof-rules proof-mesh proof-integration up down status packages venv lock toolchain format docs build

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' $(MAKEFILE_LIST) | column -t -s '|'

demo: packages venv toolchain ## two clusters, Cilium installed on them, requests answered
	@$(RUN) testbed.demo

demo-down: down ## take the demo down

test: venv ## all checks and tests, one closing line
	@$(RUN) tools.checks $(STAGES)

lint: venv ## formatting, lint, YAML, Ansible, documentation, changelog
types: venv ## mypy, strict
unit: venv ## the unit tests
charts: venv ## the catalogue against the charts in the folder CILIUM_CHARTS, and against 1.15.19 always
test-charts: charts ## the same
sanity: venv ## ansible-test sanity
integration: venv ## the tests on the testbed
molecule: venv ## the roles' scenarios, on the testbed
$(STAGES):
	@$(RUN) tools.checks $@

proof-rules: venv ## 1,000 random rule sets of others for each backend of iptables, in namespaces
	@FOREIGN_RULE_SETS=1000 $(RUN) pytest -q tests/integration/test_foreign_rules.py

bench: packages venv toolchain ## our way and the usual way, side by side
	@$(RUN) tests.benchmarks

proof-status: venv ## a million mutated texts through the parsers of Cilium's outputs
	@$(RUN) tests.proofs status

proof-integration: packages venv toolchain ## integration tests that take too long for make test
	@$(RUN) pytest -q --fresh-testbed -m long tests/integration

proof-mesh: packages venv toolchain ## 20 runs of clustermesh killed at random moments; the next one converges
	@$(RUN) tests.proofs mesh

up: packages venv toolchain ## start the testbed's clusters
	@$(RUN) testbed up

down: venv ## stop the testbed; nothing stays
	@$(RUN) testbed down

status: venv ## what of the testbed runs
	@$(RUN) testbed status

packages: ## install the system packages that are missing
	@python3 -m tools.packages

venv: ## the Python environment of requirements/dev.txt
	@tools/venv

lock: venv ## requirements/dev.txt anew from dev.in
	@$(PYTHON_ENV)/uv pip compile --universal --python-version 3.11 --no-emit-index-url \
		--upgrade requirements/dev.in -o requirements/dev.txt

toolchain: venv ## build the real programs of the testbed
	@$(RUN) testbed.toolchain

format: venv ## put the code into shape
	@$(RUN) ruff format .
	@$(RUN) ruff check --fix .

docs: venv ## the settings in the role's argument spec, the roles' READMEs, the tables of features and variables
	@$(RUN) tools.role_settings
	@$(RUN) tools.role_readme
	@$(RUN) tools.catalogue_docs

build: venv ## the collection as a file to install
	@cd "$$($(RUN) tools.collection)" && "$(PYTHON_ENV)/ansible-galaxy" collection build --force --output-path "$(CURDIR)"
