# make demo shows the bundle at work; make test proves it. Both need nothing but Python 3.11+, make and git.
# Everything generated lies in .local/.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help setup demo up down forget clock tick drain redrive crowd test check format bench faults build secrets deploy lock

PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; break; }; done)
PY := .local/app/bin/python
STACK ?= scrm
ARCHITECTURE ?= arm64
export PYTHONPYCACHEPREFIX := $(CURDIR)/.local/pycache
# Given on make's command line, these reach the programs; not given, they are not even empty.
SETTINGS := PORT WECOM_BASE_URL WECOM_CORP_ID WECOM_AGENT_ID WECOM_SECRET WECOM_CALLBACK_TOKEN WECOM_CALLBACK_AES_KEY
$(foreach name,$(SETTINGS),$(if $($(name)),$(eval export $(name))))
unexport AWS_PROFILE PYTHONDONTWRITEBYTECODE PYTHONPATH VIRTUAL_ENV

help: ## this list
	@grep -hE '^[a-z]+:.*## ' Makefile | sed -E 's/^([a-z]+):.*## /\1|/' | awk -F'|' '{printf "  make %-10s %s\n", $$1, $$2}'

setup: ## the tools' environments, from locked hashes
	@test -n "$(PYTHON)" || { echo "Python 3.11 or later is needed."; exit 1; }
	@$(PYTHON) infra/local/set_up.py

demo: setup ## starts the local stack, plays the demo and stays up until Ctrl-C
	@$(PY) -m infra.local.demo

up: setup ## the local stack in the background; PORT=…, WECOM_BASE_URL=…
	@$(PY) -m infra.local.stack up

down: setup ## stops it; its state is kept
	@$(PY) -m infra.local.stack down

forget: setup ## stops it and deletes its state
	@$(PY) -m infra.local.stack forget

clock: setup ## moves its clock: AT=2026-03-02T10:15:00+08:00, or AT=real
	@$(PY) -m infra.local.stack clock "$(AT)"

tick: setup ## invokes every scheduled function once, at its clock
	@$(PY) -m infra.local.stack tick

drain: setup ## waits until every queue and stream is done; TIMEOUT=60
	@$(PY) -m infra.local.stack drain "$(TIMEOUT)"

redrive: setup ## returns dead letters to their queue: QUEUE=CustomerEvents
	@$(PY) -m infra.local.stack redrive "$(QUEUE)"

crowd: setup ## made-up customers and a segment over all of them, on its stack: CUSTOMERS=100000 SEED=7
	@$(PY) -m infra.local.crowd "$(CUSTOMERS)" "$(SEED)"

test: setup ## every check and test, those on a local stack of their own included
	@$(MAKE) --no-print-directory check; checked=$$?; \
	$(PY) -m pytest -n 2; tested=$$?; \
	exit $$((checked ? checked : tested))

check: setup ## lint, types, templates, security checks
	@$(PY) -m infra.local.check

format: setup ## formats the sources
	@$(PY) -m ruff format -q . && $(PY) -m ruff check -q --fix .

bench: setup ## speed, sizes, unit and call counts against their bars
	@$(PY) -m tests.bench

faults: setup ## crashes, hostile input and a misbehaving WeCom against their bars
	@$(PY) -m tests.faults

build: setup ## what goes to AWS; ARCHITECTURE=arm64
	@$(PY) -m infra.build.package --architecture $(ARCHITECTURE)

secrets: setup ## creates a stack's secrets on AWS; STACK=scrm, ROTATE=session
	@$(PY) -m infra.build.secrets --stack "$(STACK)" --rotate "$(ROTATE)"

deploy: setup ## deploys to AWS: STACK= CORP_ID= AGENT_ID= EGRESS=nat-instance ALARM_EMAIL= PUBLIC_URL=
	@$(PY) -m infra.build.deploy --stack "$(STACK)" --architecture "$(ARCHITECTURE)" --egress "$(EGRESS)" \
		--alarm-email "$(ALARM_EMAIL)" --corp-id "$(CORP_ID)" --agent-id "$(AGENT_ID)" \
		--public-url "$(PUBLIC_URL)" $(PARAMETERS)

lock: setup ## renews the locked hashes from the .in files
	@for f in infra/local/requirements-*.in layers/deps/requirements.in; do \
		.local/uv/bin/uv pip compile -q --upgrade --generate-hashes --no-annotate --no-header \
			--python .local/app/bin/python "$$f" -o "$${f%.in}.txt" || exit 1; done
