# What can be done with a checkout of Sparrow. `make help` lists it.

sources := Package.swift Sources Tests Examples Fuzz/Sources Benchmarks/Sources \
	Benchmarks/ServerLoad

# The same for all, because other options build everything anew.
release = $(shell Scripts/release-options.sh)

.DEFAULT_GOAL := help
.PHONY: help setup demo test bench soak fuzz sanitize reproducible cross embedded \
	library web webtest firmware wheel torch ray plugins server install dist docs format lint clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## Install the system libraries that are missing
	@Scripts/setup.sh

demo: setup ## Denoise a recording that ships with the project
	swift build $(release) --product sparrow
	@mkdir -p .build/demo
	"$$(swift build $(release) --show-bin-path)/sparrow" denoise Demo/noisy.flac .build/demo/clean.wav --reference Demo/clean.flac

# The C kernels are optimised in tests too: at -O0 they take tens of times as long. That a step neither
# allocates nor locks is proven where the library is compiled.
test: setup ## Check the style and run all tests
	$(MAKE) --no-print-directory --jobs 2 --output-sync=target lint cross embedded
	swift build --build-tests -Xcc -O2
	Scripts/without-network.sh swift test --skip-build -Xcc -O2
	Scripts/test-slurm.sh
	$(MAKE) --no-print-directory --jobs 2 --output-sync=target beside \
	  SPARROW="$$(swift build --show-bin-path)/sparrow"

# What is made of the build beside it, by the command SPARROW: most of it keeps one processor busy.
beside := library web arm firmware wheel torch plugins install examples server symbols snippets docs fuzz
.PHONY: beside $(beside:%=check-%)
beside: $(beside:%=check-%)
check-arm check-firmware check-wheel check-plugins: check-library
check-torch: check-wheel
check-install: check-wheel check-plugins

check-library:
	Scripts/build-library.sh "$(SPARROW)"
	Scripts/test-library.sh "$(SPARROW)"
check-web:
	Scripts/build-web.sh "$(SPARROW)"
	Scripts/test-web.sh "$(SPARROW)"
check-arm:
	Scripts/test-arm.sh "$(SPARROW)"
check-firmware:
	Scripts/test-firmware.sh "$(SPARROW)"
check-wheel:
	Scripts/test-wheel.sh "$(SPARROW)"
check-torch:
	Scripts/test-torch.sh "$(SPARROW)"
check-plugins:
	Scripts/build-plugins.sh
	Scripts/test-plugins.sh
check-install:
	Scripts/test-install.sh "$(SPARROW)"
check-examples:
	Scripts/test-examples.sh
check-server:
	Scripts/test-server.sh "$(SPARROW)"
check-symbols:
	Scripts/check-documentation.py
check-snippets:
	Scripts/check-snippets.py
check-docs:
	Scripts/build-documentation.py
check-fuzz:
	Scripts/test-fuzz.sh "$(dir $(SPARROW))SparrowFuzz" 60 1

bench: setup ## Measure speed
	swift build $(release) --product SparrowBenchmarks
	@for benchmark in step cell matmul training language; do \
	  .build/release/SparrowBenchmarks $$benchmark; done

soak: setup ## Run a day of sound, a thousand streams, and 200 processes: memory, drift, latency
	swift build $(release) --product SparrowBenchmarks
	.build/release/SparrowBenchmarks soak --hours $(or $(HOURS),24)
	.build/release/SparrowBenchmarks load

fuzz: setup ## Fuzz everything that reads bytes from outside, for SECONDS (60) in all
	Scripts/fuzz.sh $(or $(SECONDS),60)

# Leaks are not counted: the run-time library of Swift keeps what it has made once.
sanitize: setup ## Run all tests under the address and the thread sanitizer
	ASAN_OPTIONS=detect_leaks=0 swift test --sanitize=address --scratch-path .build-address -Xcc -O2
	swift test --configuration release --sanitize=thread --scratch-path .build-thread \
	  -Xswiftc -enable-testing

reproducible: ## Compile what runs a network twice, and compare the bytes
	Scripts/check-reproducible.sh

# A Swift toolchain brings a C compiler for every processor.
cross: ## Compile the kernels of processors that are not at hand
	@for file in Sources/CSparrow/neon/*.c Sources/CSparrow/neon_i8mm/*.c; do \
	  clang --target=aarch64-unknown-none-elf -O2 -Wall -Werror -ffreestanding -c $$file \
	    -o /dev/null || exit 1; done

embedded: ## Compile what runs a network for processors without an operating system
	Scripts/check-embedded.sh

library: setup ## Build the C library in .build/library
	swift build $(release) --product sparrow
	Scripts/build-library.sh

wheel: library ## Build the Python wheel in .build/wheel
	Scripts/build-wheel.sh

torch: wheel ## Test the wheel's layers and training scripts for PyTorch, which is installed for it
	Scripts/test-torch.sh

ray: wheel ## Test cleaning a folder over a Ray cluster, which is installed for it
	Scripts/test-ray.sh

plugins: library ## Build LADSPA, LV2 and CLAP plug-ins in .build/plugins
	@Scripts/setup.sh plugins
	Scripts/build-plugins.sh

server: setup ## Build sparrow-serve, which denoises and spots over WebSockets
	swift build $(release) --product sparrow-serve

install: ## Install what `make plugins` and `make server` built (PREFIX=/usr/local, DESTDIR=)
	@Scripts/install.sh "$$(swift build $(release) --show-bin-path)/sparrow"

firmware: setup ## Build the denoiser and the spotter for Cortex-M, for QEMU, in .build/firmware
	@Scripts/setup.sh firmware
	swift build $(release) --product sparrow
	Scripts/build-firmware.sh

web: setup ## Build the C library for WebAssembly in .build/web
	swift build $(release) --product sparrow
	Scripts/build-web.sh

webtest: web ## Test it in Node.js and Chromium, which are installed
	@Scripts/setup.sh web
	Scripts/test-web.sh

dist: setup ## Make and test a tarball and a Debian package in .build/dist
	@Scripts/setup.sh plugins
	Scripts/make-dist.sh
	Scripts/test-dist.sh

docs: setup ## Build the documentation of the products in .build/docs
	swift build
	Scripts/build-documentation.py

format: ## Put all sources into the house style
	swift format --in-place --parallel --recursive $(sources)
	@Scripts/setup-python.sh
	.build/lint/bin/ruff check --quiet --fix-only .
	.build/lint/bin/ruff format --quiet .

lint: ## Check that all sources are in the house style
	swift format lint --strict --parallel --recursive $(sources)
	@Scripts/check-line-length.py
	@Scripts/setup-python.sh
	.build/lint/bin/ruff check --quiet .
	.build/lint/bin/ruff format --quiet --check .

clean: ## Remove what was built
	swift package clean
	rm -rf .build/demo .build/lint
