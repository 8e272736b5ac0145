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

# What building needs, and what the tests need besides.
BUILD_PACKAGES := libssl-dev libsqlite3-dev libsctp-dev libmnl-dev pkg-config
TEST_PACKAGES := sip-tester tshark systemd

.PHONY: run build test bench lint format install packages test-packages

run: build
	@exec $(BINARY) up instances --log-level info $(if $(LISTEN),--listen $(LISTEN))

build: packages
	@.ci/build $(SWIFT) build $(RELEASE) --product imsbox

test: packages test-packages
	@$(SWIFT) test $(CHECK)

bench: build
	@Benchmarks/run

lint:
	@.ci/lint

# Rewrites the sources the way lint wants them, as far as a formatter can.
format:
	@$(SWIFT) format --in-place --recursive --parallel Package.swift Sources Tests Benchmarks

packages:
	@.ci/packages "$(SUDO)" $(BUILD_PACKAGES)

test-packages:
	@.ci/packages "$(SUDO)" $(TEST_PACKAGES)

# Binary, instance files (kept where they exist, without lab subscribers: their keys are public), units. Asks root for a user `imsbox` unless DESTDIR is set.
install: build
	$(SUDO) install -D -m 0755 $(BINARY) $(DESTDIR)$(PREFIX)/bin/imsbox
	$(SUDO) install -d $(DESTDIR)/etc/imsbox/instances $(DESTDIR)$(PREFIX)/lib/systemd/system
	for file in instances/*.yaml; do \
	    to=$(DESTDIR)/etc/imsbox/instances/$${file##*/}; \
	    [ -e $$to ] && { echo "kept $$to"; continue; }; \
	    sed 's/^lab-subscribers: [0-9]*/lab-subscribers: 0/' $$file | $(SUDO) install -m 0644 /dev/stdin $$to; \
	done
	for unit in systemd/*; do \
	    sed 's|/usr/local|$(PREFIX)|g' $$unit | \
	    $(SUDO) install -m 0644 /dev/stdin $(DESTDIR)$(PREFIX)/lib/systemd/system/$${unit##*/}; \
	done
	$(SUDO) install -D -m 0644 README.md $(DESTDIR)$(PREFIX)/share/doc/imsbox/README.md
ifeq ($(DESTDIR),)
	id -u imsbox >/dev/null 2>&1 || $(SUDO) useradd --system --home-dir /var/lib/imsbox --shell /usr/sbin/nologin imsbox
	@if [ -d /run/systemd/system ]; then $(SUDO) systemctl daemon-reload; fi
	@echo "start the whole core with: systemctl enable --now imsbox"
endif
