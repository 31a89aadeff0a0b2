# The front door. Every target sets up what it needs; nothing has to be prepared.

PORT ?= 4000
PYTHON ?= python3
BIN := .venv/bin
# What the demo needs is there; what tests and lint need beside it is there.
DEMO := .venv/.demo
READY := .venv/.ready

.PHONY: help demo test lint types format conformance plans worlds bench bench-planning bench-rest bench-gate bench-start bench-transport bench-stages bench-scale schema lock clean

help: ## Show this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 20

demo: $(DEMO) ## Run the demo shop: three subgraphs and the gateway (PORT=4000)
	@exec $(BIN)/gateway-graphql dev --port $(PORT)

test: $(READY) ## Run all tests (installs what they need with apt where it may)
	@tools/install-test-services
	@$(BIN)/pytest -n 2 --dist loadscope $(ARGS)

lint: $(READY) types ## Check format, lint, imports between the floors, and types
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/lint-imports

types: $(READY) ## Check types
	@$(BIN)/mypy

format: $(READY) ## Format the code
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

conformance: $(READY) ## Run the federation suites against a gateway process
	@$(BIN)/pytest tests/conformance $(ARGS)

plans: $(READY) ## Compare plans with the reference planners'
	@$(BIN)/python -m benchmarks.plans $(ARGS)

worlds: $(READY) ## Compare N generated federations of each kind with one service (N=2000 KIND=any)
	@$(BIN)/python -m tests.world.run --count $(or $(N),2000) $(if $(KIND),--kind $(KIND)) \
	  $(if $(SEED),--seed $(SEED))

bench: $(READY) ## Measure CPU per operation on the field's benchmark workload
	@$(BIN)/python -m benchmarks.gateway $(ARGS)

bench-planning: $(READY) ## Measure CPU per plan, and the large supergraphs
	@$(BIN)/python -m benchmarks.planning $(ARGS)

bench-gate: $(READY) ## Measure what the gate costs an operation, and Redis' round trips
	@$(BIN)/python -m benchmarks.gate $(ARGS)

bench-start: $(READY) ## Measure CPU of a start: the import, --help, serve to its first answer
	@$(BIN)/python -m benchmarks.start $(ARGS)

bench-transport: $(READY) ## Measure CPU of a request to a subgraph, by each HTTP client
	@$(BIN)/python -m benchmarks.transport $(ARGS)

bench-stages: $(READY) ## Measure CPU of each stage of a request, on both paths
	@$(BIN)/python -m benchmarks.stages $(ARGS)

bench-scale: $(READY) ## Measure CPU by entities and by fetches, and draw docs/images/scale.svg
	@$(BIN)/python -m benchmarks.scale $(ARGS)

bench-rest: $(READY) ## Measure CPU of REST calls beside the same GraphQL calls
	@$(BIN)/python -m benchmarks.rest $(ARGS)

schema: $(READY) ## Write schema/*.graphql and the settings' reference anew
	@for name in users products orders; do \
	  $(BIN)/python -m subgraphs.$$name --print-sdl > schema/$$name.graphql; done
	@$(BIN)/gateway-graphql compose --config schema/gateway.yaml \
	  -o schema/supergraph.graphql --api schema/api.graphql
	@$(BIN)/python -m gateway_graphql.config.reference docs/reference

LOCK := $(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 \
  --generate-hashes --no-annotate --no-header --quiet

lock: $(READY) ## Resolve the dependencies anew into requirements*.lock
	@$(BIN)/pip install --quiet uv
	@$(LOCK) --all-extras --group dev --output-file requirements.lock
	@$(LOCK) --extra demo --extra redis --group build --constraint requirements.lock \
	  --output-file requirements-demo.lock

clean: ## Remove everything that was made
	@rm -rf .venv var dist .mypy_cache .ruff_cache .pytest_cache .hypothesis

$(DEMO): requirements-demo.lock pyproject.toml tools/create-environment
	@PYTHON=$(PYTHON) tools/create-environment requirements-demo.lock
	@touch $@

$(READY): $(DEMO) requirements.lock
	@PYTHON=$(PYTHON) tools/create-environment requirements.lock
	@touch $@
