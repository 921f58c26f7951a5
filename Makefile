# agc-pipeline: `make demo` and `make check` are the two commands to know; see README.md.
#
# CC, CFLAGS, LDFLAGS, PREFIX, DESTDIR and BUILD are the user's. SANITIZE=address,undefined or thread
# builds into a folder of its own, FAULTS=1 (fault points are compiled in, ipc/fault.h) too.
# pkg-config is asked when something is compiled, not before, so that `make demo` and `make check`
# can install it first.

CC ?= cc
CFLAGS ?= -O2 -g
PREFIX ?= /usr/local
DESTDIR ?=
SANITIZE ?=
FAULTS ?=
comma := ,
BUILD ?= build$(if $(SANITIZE),-$(subst $(comma),-,$(SANITIZE)))$(if $(FAULTS),-faults)
LIBEXECDIR = $(PREFIX)/libexec/agc-pipeline

WARNINGS := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes
PACKAGES := libzstd liblz4 libisal libxxhash liblzma
ALL_CPPFLAGS = -D_GNU_SOURCE -I. $(if $(FAULTS),-DAGC_FAULTS) $(CPPFLAGS)
# What makes a fault in the code harder to use: costs nothing measurable. Sanitizers have their own.
OPTIMISED = $(filter -O1 -O2 -O3 -Os -Ofast,$(CFLAGS))
HARDEN_CFLAGS = -fPIE -fstack-protector-strong \
	$(if $(SANITIZE),,$(if $(OPTIMISED),-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2))
HARDEN_LDFLAGS = -Wl,-z,relro,-z,now
ALL_CFLAGS = -std=c11 $(WARNINGS) $(HARDEN_CFLAGS) $(shell pkg-config --cflags $(PACKAGES)) $(CFLAGS) \
	$(if $(SANITIZE),-fsanitize=$(SANITIZE) -fno-sanitize-recover -fno-omit-frame-pointer)
ALL_LDFLAGS = $(HARDEN_LDFLAGS) $(LDFLAGS) $(if $(SANITIZE),-fsanitize=$(SANITIZE))
LIBS = $(shell pkg-config --libs $(PACKAGES)) -lpthread

sources = $(filter-out %_main.c,$(wildcard $(1)/*.c))
objects = $(patsubst %.c,$(BUILD)/%.o,$(call sources,$(1)))

COMMON_OBJECTS := $(call objects,common)
IPC_OBJECTS := $(call objects,ipc)
READER_OBJECTS := $(call objects,reader)
WORKER_OBJECTS := $(call objects,worker)
WRITER_OBJECTS := $(call objects,writer)
TOOLS_OBJECTS := $(call objects,tools)
LIB_OBJECTS := $(COMMON_OBJECTS) $(IPC_OBJECTS) $(READER_OBJECTS) $(WORKER_OBJECTS) \
	$(WRITER_OBJECTS) $(TOOLS_OBJECTS) $(call objects,common/libagc)
STAGES := $(BUILD)/agc-reader $(BUILD)/agc-worker $(BUILD)/agc-writer
PROGRAMS := $(BUILD)/agc-pipeline $(STAGES)
UNIT_TESTS := $(patsubst tests/unit/%.c,$(BUILD)/tests/%,$(wildcard tests/unit/test_*.c))
C_FILES := $(wildcard */*.c */*.h common/libagc/*.[ch] tests/unit/*.c tests/unit/*.h tests/lib/*.c)

.PHONY: all tests demo check check-asan check-crash check-tsan bench install uninstall clean format lint deps
all: $(PROGRAMS)
tests: $(UNIT_TESTS)

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

# The page of --report becomes part of the program (tools/report_html.c).
$(BUILD)/tools/report_html.o: tools/report.html

# The folder that make last installed to is looked at after those beside the program.
$(BUILD)/tools/spawn.o: ALL_CPPFLAGS += -DLIBEXECDIR='"$(LIBEXECDIR)"'

$(BUILD)/agc-reader: $(BUILD)/reader/reader_main.o $(READER_OBJECTS) $(IPC_OBJECTS) $(COMMON_OBJECTS)
$(BUILD)/agc-worker: $(BUILD)/worker/worker_main.o $(WORKER_OBJECTS) $(IPC_OBJECTS) $(COMMON_OBJECTS)
$(BUILD)/agc-writer: $(BUILD)/writer/writer_main.o $(WRITER_OBJECTS) $(IPC_OBJECTS) $(COMMON_OBJECTS)
$(BUILD)/agc-pipeline: $(BUILD)/tools/pipeline_main.o $(TOOLS_OBJECTS) $(IPC_OBJECTS) $(COMMON_OBJECTS)
$(PROGRAMS):
	$(CC) -pie $(ALL_LDFLAGS) -o $@ $^ $(LIBS)

$(BUILD)/tests/%: tests/unit/%.c $(LIB_OBJECTS)
	@mkdir -p $(@D)
	$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) -MMD -MP -o $@ $< $(LIB_OBJECTS) $(ALL_LDFLAGS) -lcmocka $(LIBS)

# Tests of fault points link a copy of the modules in which these are compiled in (ipc/fault.h).
FAULT_OBJECTS := $(patsubst $(BUILD)/%,$(BUILD)/faults/%,$(COMMON_OBJECTS) $(IPC_OBJECTS) \
	$(WRITER_OBJECTS))
$(BUILD)/faults/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(ALL_CPPFLAGS) -DAGC_FAULTS $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

$(filter %_fault,$(UNIT_TESTS)): $(BUILD)/tests/%: tests/unit/%.c $(FAULT_OBJECTS)
	@mkdir -p $(@D)
	$(CC) $(ALL_CPPFLAGS) -DAGC_FAULTS $(ALL_CFLAGS) -MMD -MP -o $@ $< $(FAULT_OBJECTS) $(ALL_LDFLAGS) -lcmocka $(LIBS)

# ---- libagc: its objects are position-independent and export what is marked (libagc.h), nothing
# else; in the archive they are one object whose other names are local.
LIBAGC_LEFT_OUT := $(addprefix common/,collection_% fasta_write kmer lzdiff_encode lzdiff_index \
	lzdiff_match lzdiff_tokens)
LIBAGC_OBJECTS := $(patsubst %,$(BUILD)/libagc/%.o,$(filter-out $(LIBAGC_LEFT_OUT),\
	$(basename $(wildcard common/*.c common/libagc/*.c))))
LIBAGC_PACKAGES := libzstd libxxhash
INCLUDEDIR = $(PREFIX)/include
LIBDIR = $(PREFIX)/lib

.PHONY: lib install-lib
lib: $(BUILD)/libagc.so $(BUILD)/libagc.a

$(BUILD)/libagc/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) -fPIC -fvisibility=hidden -MMD -MP -c -o $@ $<

$(BUILD)/libagc.so.0: $(LIBAGC_OBJECTS)
	$(CC) -shared -Wl,-soname,libagc.so.0 -Wl,-z,defs $(ALL_CFLAGS) -o $@ $^ $(ALL_LDFLAGS) \
		$(shell pkg-config --libs $(LIBAGC_PACKAGES)) -lpthread
$(BUILD)/libagc.so: $(BUILD)/libagc.so.0
	ln -sf libagc.so.0 $@

$(BUILD)/libagc.a: $(LIBAGC_OBJECTS)
	$(LD) -r -o $(BUILD)/libagc/libagc.o $^
	objcopy --localize-hidden $(BUILD)/libagc/libagc.o
	rm -f $@
	$(AR) rcs $@ $(BUILD)/libagc/libagc.o

install-lib: lib
	install -d $(DESTDIR)$(LIBDIR)/pkgconfig $(DESTDIR)$(INCLUDEDIR)
	install -m 755 $(BUILD)/libagc.so.0 $(DESTDIR)$(LIBDIR)/
	ln -sf libagc.so.0 $(DESTDIR)$(LIBDIR)/libagc.so
	install -m 644 $(BUILD)/libagc.a $(DESTDIR)$(LIBDIR)/
	install -m 644 common/libagc/agc.h common/libagc/agc-api.h $(DESTDIR)$(INCLUDEDIR)/
	sed -e 's|@PREFIX@|$(PREFIX)|' -e 's|@VERSION@|'"$$(sed -n \
		's/^#define VERSION_[MP][A-Z]* "\([0-9]*\)"/\1/p' common/version.h | paste -sd.)"'|' \
		common/libagc/agc.pc.in > $(DESTDIR)$(LIBDIR)/pkgconfig/agc.pc

# ---- fuzz targets: each with a plain driver that replays files; with libFuzzer in a folder of their
# own where the compiler named by FUZZ_CC has it.
FUZZ_CC ?= clang
FUZZ_SECONDS ?= 1800
FUZZ_TARGETS := $(patsubst tests/fuzz/%.c,%,$(wildcard tests/fuzz/fuzz_*.c))
FUZZ_TOOLS := $(BUILD)/fuzz/flip_bytes $(BUILD)/fuzz/container_seed
FUZZ_SANITIZE = fuzzer-no-link,address,undefined

$(BUILD)/fuzz/%-replay: tests/fuzz/%.c tests/fuzz/replay.c $(LIB_OBJECTS)
	@mkdir -p $(@D)
	$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) -MMD -MP -o $@ $< tests/fuzz/replay.c $(LIB_OBJECTS) $(ALL_LDFLAGS) $(LIBS)

$(BUILD)/fuzz/fuzz_%: tests/fuzz/fuzz_%.c $(LIB_OBJECTS)
	@mkdir -p $(@D)
	$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) -MMD -MP -fsanitize=fuzzer -o $@ $< $(LIB_OBJECTS) $(ALL_LDFLAGS) $(LIBS)

$(FUZZ_TOOLS): $(BUILD)/fuzz/%: tests/fuzz/%.c $(LIB_OBJECTS)
	@mkdir -p $(@D)
	$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) -MMD -MP -o $@ $< $(LIB_OBJECTS) $(ALL_LDFLAGS) $(LIBS)

.PHONY: fuzz fuzz-replays fuzz-programs fuzz-targets
fuzz-replays: $(FUZZ_TARGETS:%=$(BUILD)/fuzz/%-replay) $(FUZZ_TOOLS)
fuzz-targets: $(FUZZ_TARGETS:%=$(BUILD)/fuzz/%)
fuzz-programs: fuzz-replays
	if echo 'int LLVMFuzzerTestOneInput(const char *d, unsigned long n) { return d && n && 0; }' | \
		$(FUZZ_CC) -x c -fsanitize=fuzzer - -o $(BUILD)/fuzz/probe 2>/dev/null; then \
		$(MAKE) CC=$(FUZZ_CC) SANITIZE=$(FUZZ_SANITIZE) BUILD=$(BUILD)-fuzz fuzz-targets; fi

fuzz: all fuzz-programs
	FUZZ_SECONDS=$(FUZZ_SECONDS) TEST_SECONDS=86400 BUILD=$(BUILD) tests/run.sh fuzz

deps:
	tools/install-deps.sh

# Each as a make of its own, since what deps installs is needed before anything is compiled.
demo:
	tools/install-deps.sh
	$(MAKE) all
	BUILD=$(BUILD) tests/demo.sh

check:
	tools/install-deps.sh
	$(MAKE) all tests fuzz-programs
	$(MAKE) FAULTS=1 BUILD=$(BUILD)-faults all
	BUILD=$(BUILD) tests/run.sh

# The tests of crashes without bounds; an hour or more.
check-crash:
	tools/install-deps.sh
	$(MAKE) all tests
	$(MAKE) FAULTS=1 BUILD=$(BUILD)-faults all
	CRASH_FULL=1 TEST_SECONDS=86400 BUILD=$(BUILD) tests/run.sh $(patsubst tests/e2e/%.sh,%,$(wildcard tests/e2e/crash_*.sh))

check-asan:
	tools/install-deps.sh
	$(MAKE) SANITIZE=address,undefined BUILD=$(BUILD)-asan all tests fuzz-replays
	SANITIZED=1 BUILD=$(BUILD)-asan tests/run.sh

# Threads on one mapping are what it can see: the unit tests, not the processes.
check-tsan:
	tools/install-deps.sh
	$(MAKE) SANITIZE=thread BUILD=$(BUILD)-tsan tests
	BUILD=$(BUILD)-tsan tests/run.sh unit

# DATA: a folder of collections; PEER: a program with agc's command line to compare with; REPEAT.
bench: all
	tools/bench.py --pipeline $(BUILD)/agc-pipeline --json $(BUILD)/bench.json $(if $(DATA),--data $(DATA)) \
		$(if $(PEER),--peer $(PEER)) $(if $(REPEAT),--repeat $(REPEAT)) $(COLLECTIONS)

# `make lib install` installs the library too.
install: all $(if $(filter lib,$(MAKECMDGOALS)),install-lib)
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(LIBEXECDIR)
	install -m 755 $(BUILD)/agc-pipeline $(DESTDIR)$(PREFIX)/bin/
	install -m 755 $(STAGES) $(DESTDIR)$(LIBEXECDIR)/

uninstall:
	rm -f $(DESTDIR)$(PREFIX)/bin/agc-pipeline
	rm -rf $(DESTDIR)$(LIBEXECDIR)
	rm -f $(DESTDIR)$(LIBDIR)/libagc.so $(DESTDIR)$(LIBDIR)/libagc.so.0 $(DESTDIR)$(LIBDIR)/libagc.a
	rm -f $(DESTDIR)$(LIBDIR)/pkgconfig/agc.pc
	rm -f $(DESTDIR)$(INCLUDEDIR)/agc.h $(DESTDIR)$(INCLUDEDIR)/agc-api.h

clean:
	rm -rf build build-*

format:
	clang-format -i $(C_FILES)

# Both compilers, no warning let through, nothing written.
lint:
	for cc in gcc clang; do \
		for f in $(filter %.c,$(C_FILES)); do \
			$$cc $(ALL_CPPFLAGS) -Icommon/libagc $(ALL_CFLAGS) -Werror -fsyntax-only $$f || exit 1; \
		done; \
	done

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
