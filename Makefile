# Front door of the checkout. It only names the commands: the work is in tools/, so any make will do (POSIX, BSD, GNU of any age).
# Everything is made below this folder (.venv, .cache, .lab, build), with pip's and Ansible's usual caches beside it.
.POSIX:

PY = .venv/bin/python
ONLY =
ROWS =
ARGS =

help:
	@echo 'make demo     run the upgrade from 16.6.4 to 16.8.4 on a laboratory installation, from the built artifact'
	@echo 'make test     every check and test                (one part: make test ONLY=units; names: make test ONLY=help)'
	@echo 'make lint     the static checks only'
	@echo 'make matrix   the upgrade with other Ansible versions and connections   (some rows: make matrix ROWS=psrp,core-2.16)'
	@echo 'make chaos    kill and disturb the upgrade everywhere    (some points: make chaos ARGS="--sample 20 --jobs 2"; takes hours in full)'
	@echo 'make bench    measure provisioning window, subscriptions, API client   (one: make bench ARGS="outage --parts no_op"; takes hours in full)'
	@echo 'make venv     only build .venv (Python 3.11 to 3.13; PYTHON=/path/to/python3.11 make venv names one)'
	@echo 'make clean    remove everything that make has made'

venv:
	@sh tools/bootstrap.sh

demo: venv
	@$(PY) -m tools.demo

test: venv
	@$(PY) -m tools.run_tests --only '$(ONLY)'

lint: venv
	@$(PY) -m tools.run_tests --only static

matrix: venv
	@$(PY) -m tools.matrix --rows '$(ROWS)'

bench: venv
	@$(PY) -m bench $(ARGS)

chaos: venv
	@$(PY) -m tools.chaos $(ARGS)

clean:
	@if [ -x .venv/bin/office365-lab ]; then for lab in .lab/*; do if [ -e "$$lab/lab.json" ]; then .venv/bin/office365-lab down "$$lab"; fi; done; fi
	rm -rf .ansible .cache .lab .mypy_cache .pytest_cache .ruff_cache .venv .venv-* build tests/output lab/src/*.egg-info odin-office365-*.tar.gz

.PHONY: help venv demo test lint matrix bench chaos clean
