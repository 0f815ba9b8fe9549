# The commands the README names. Each is a thin call into scripts/, which says
# what it does and how long it took, and answers --help.
#   make up ARGS='--listen 127.0.0.1:9000'

.PHONY: help up test lint bench demo faults

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-7s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

up: ## install what is missing, build, and run FieldOps360 on http://localhost:8080
	@scripts/up $(ARGS)

test: ## format, lints and every test, against real servers of their own
	@scripts/test $(ARGS)

lint: ## format, lints, and whether the checked-in query cache is current
	@scripts/lint $(ARGS)

bench: ## our figures beside the machine's limits
	@scripts/bench $(ARGS)

demo: ## play the main journey on the running system, told step by step
	@scripts/demo $(ARGS)

faults: ## the long versions of the fault tests
	@scripts/faults $(ARGS)
