# agc-pipeline: `make demo` and `make check` are the two commands to know; see README.md.
#
# CFLAGS, LDFLAGS, PREFIX, DESTDIR and BUILD are the user's. SANITIZE=address,undefined or thread
# builds into a folder of its own.

CC ?= cc
CFLAGS ?= -O2 -g
PREFIX ?= /usr/local
DESTDIR ?=
SANITIZE ?=
BUILD ?= build$(if $(SANITIZE),-$(subst $(comma),-,$(SANITIZE)))
comma := ,

WARNINGS := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes
PACKAGES := libzstd liblz4 libisal libxxhash liblzma
ALL_CPPFLAGS = -D_GNU_SOURCE -I. $(CPPFLAGS)
ALL_CFLAGS = -std=c11 $(WARNINGS) $(shell pkg-config --cflags $(PACKAGES)) $(CFLAGS) \
	$(if $(SANITIZE),-fsanitize=$(SANITIZE) -fno-omit-frame-pointer)
ALL_LDFLAGS = $(LDFLAGS) $(if $(SANITIZE),-fsanitize=$(SANITIZE))
LIBS = $(shell pkg-config --libs $(PACKAGES)) -lpthread

sources = $(filter-out %_main.c,$(wildcard $(1)/*.c))
objects = $(patsubst %.c,$(BUILD)/%.o,$(1))

LIB_DIRS := common ipc reader worker writer tools
LIB_OBJECTS := $(foreach d,$(LIB_DIRS),$(call objects,$(call sources,$(d))))
PROGRAMS := $(BUILD)/agc-pipeline $(BUILD)/agc-reader $(BUILD)/agc-worker $(BUILD)/agc-writer
UNIT_TESTS := $(patsubst tests/unit/%.c,$(BUILD)/tests/%,$(wildcard tests/unit/test_*.c))

.PHONY: all clean tests
all: $(PROGRAMS)
tests: $(UNIT_TESTS)

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

COMMON_OBJECTS := $(call objects,$(call sources,common))
IPC_OBJECTS := $(call objects,$(call sources,ipc))

$(BUILD)/agc-%: $(BUILD)/%/%_main.o
	$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LIBS)
$(BUILD)/agc-reader: $(call objects,$(call sources,reader)) $(IPC_OBJECTS) $(COMMON_OBJECTS)
$(BUILD)/agc-worker: $(call objects,$(call sources,worker)) $(IPC_OBJECTS) $(COMMON_OBJECTS)
$(BUILD)/agc-writer: $(call objects,$(call sources,writer)) $(IPC_OBJECTS) $(COMMON_OBJECTS)
$(BUILD)/agc-pipeline: $(BUILD)/tools/pipeline_main.o $(call objects,$(call sources,tools)) \
		$(IPC_OBJECTS) $(COMMON_OBJECTS)
	$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LIBS)

$(BUILD)/tests/%: tests/unit/%.c $(LIB_OBJECTS)
	@mkdir -p $(@D)
	$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) -MMD -MP -o $@ $< $(LIB_OBJECTS) $(ALL_LDFLAGS) -lcmocka $(LIBS)

clean:
	rm -rf build build-*

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
