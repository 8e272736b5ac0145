# imsbox. Two commands matter: `make run` brings the core up, `make test` proves it. Both install what is missing.
SHELL := /bin/bash

PREFIX ?= /usr/local
DESTDIR ?=
# Address the P-CSCF listens on, where phones reach it: make run LISTEN=10.45.0.1
LISTEN ?=

SUDO := $(if $(filter 0,$(shell id -u)),,sudo)
SWIFT ?= swift
CHECK := --explicit-target-dependency-import-check error
RELEASE := -c release --static-swift-stdlib $(CHECK)
BINARY = $$($(SWIFT) build $(RELEASE) --show-bin-path)/imsbox

# What a toolchain from swift.org needs to start and to link on a bare Debian 12, what building needs, and what the
# tests need besides.
TOOLCHAIN_PACKAGES := binutils git libc6-dev libcurl4 libncurses6 libstdc++-12-dev libxml2
BUILD_PACKAGES := libssl-dev libsqlite3-dev libsctp-dev libmnl-dev pkg-config
TEST_PACKAGES := sip-tester tshark systemd baresip-core iproute2 openssl freediameterd freediameter-extensions libfreediameter-dev
INTEROP_PACKAGES := iproute2 kamailio kamailio-ims-modules kamailio-presence-modules sip-tester tshark
# A kernel with ESP that any machine runs.
LAB_PACKAGES := user-mode-linux kmod iproute2

.PHONY: run build test lab simulate interop bench lint format install packages test-packages interop-packages \
	lab-packages toolchain

run: build
	@exec $(BINARY) up instances --log-level info $(if $(LISTEN),--listen $(LISTEN))

build: toolchain
	@.ci/build $(SWIFT) build $(RELEASE) --product imsbox

# Every test, then those that need ESP, in the lab's kernel. As root or with sudo: the lab's kernel is started by root.
test: toolchain test-packages lab-packages
	@$(SWIFT) test $(CHECK) $(if $(XUNIT),--xunit-output $(XUNIT))
	@SUDO="$(SUDO)" Tests/Lab/run

# The simulated world with other seeds: make simulate SEEDS=100 FIRST=1. A seed that fails is printed.
simulate: toolchain
	@SEEDS=$(or $(SEEDS),20) FIRST=$(or $(FIRST),1) $(SWIFT) test $(CHECK) --filter 'SimulationTests'

# Each role of ours in the place of Kamailio's: make interop, or make interop JSON=1
interop: toolchain interop-packages
	@$(SWIFT) build $(CHECK) >&2
	@Tests/Interop/run $(if $(JSON),--json)

# The tests that need ESP alone.
lab: toolchain test-packages lab-packages
	@$(SWIFT) build --build-tests $(CHECK)
	@SUDO="$(SUDO)" Tests/Lab/run

bench: build lab-packages
	@SUDO="$(SUDO)" Benchmarks/run

lint:
	@.ci/lint

# Rewrites the sources the way lint wants them, as far as a formatter can.
format:
	@$(SWIFT) format --in-place --recursive --parallel Package.swift Sources Tests Benchmarks

packages:
	@.ci/packages "$(SUDO)" $(TOOLCHAIN_PACKAGES) $(BUILD_PACKAGES)

test-packages:
	@.ci/packages "$(SUDO)" $(TEST_PACKAGES)

interop-packages:
	@.ci/packages "$(SUDO)" $(INTEROP_PACKAGES)

lab-packages:
	@.ci/packages "$(SUDO)" $(LAB_PACKAGES)

# The toolchain itself is not installed, only judged.
toolchain: packages
	@.ci/toolchain $(SWIFT)

# Binary, instance files (kept where they exist; without lab subscribers, whose keys are public), units, and a user
# `imsbox`. With DESTDIR set, for packages, only the files, and root is not asked for.
AS_ROOT := $(if $(DESTDIR),,$(SUDO))

install: build
	@$(AS_ROOT) install -D -m 0755 $(BINARY) $(DESTDIR)$(PREFIX)/bin/imsbox
	@$(AS_ROOT) strip --strip-debug $(DESTDIR)$(PREFIX)/bin/imsbox
	@$(AS_ROOT) install -d $(DESTDIR)/etc/imsbox/instances $(DESTDIR)$(PREFIX)/lib/systemd/system
	@for file in instances/*.yaml; do \
	    to=$(DESTDIR)/etc/imsbox/instances/$${file##*/}; \
	    [ -e $$to ] && { echo "kept $$to"; continue; }; \
	    sed 's/^lab-subscribers: [0-9]*/lab-subscribers: 0/' $$file | $(AS_ROOT) install -m 0644 /dev/stdin $$to; \
	done
	@for unit in systemd/*; do \
	    sed 's|/usr/local|$(PREFIX)|g' $$unit | \
	    $(AS_ROOT) install -m 0644 /dev/stdin $(DESTDIR)$(PREFIX)/lib/systemd/system/$${unit##*/}; \
	done
	@$(AS_ROOT) install -D -m 0644 README.md $(DESTDIR)$(PREFIX)/share/doc/imsbox/README.md
	@echo "installed $(DESTDIR)$(PREFIX)/bin/imsbox, $(DESTDIR)/etc/imsbox/instances and units"
ifeq ($(DESTDIR),)
	@id -u imsbox >/dev/null 2>&1 || \
	    $(SUDO) useradd --system --home-dir /var/lib/imsbox --shell /usr/sbin/nologin imsbox
	@if [ -d /run/systemd/system ]; then $(SUDO) systemctl daemon-reload; fi
	@echo "start the whole core with: systemctl enable --now imsbox"
endif
