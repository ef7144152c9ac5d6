# hftools: programs in cmd/, the library in libcommon/, everything built in
# build/.  No list of sources is kept here: a new file is found by itself.

CC = gcc
CFLAGS = -O2 -g
PREFIX = /usr/local
DESTDIR =
VERSION = 0.1.0

WARN = -Wall -Wextra -Wpedantic -Wshadow -Wvla -Wstrict-prototypes \
    -Wmissing-prototypes -Wwrite-strings -Wpointer-arith -Wcast-qual \
    -Wformat=2 -Wundef -Wdouble-promotion -Wimplicit-fallthrough
HARDEN = -fstack-protector-strong -D_FORTIFY_SOURCE=2 -fPIE
# After the user's CFLAGS, because results depend on them.
BITS = -ffp-contract=off -fno-fast-math
OUT = build

ifdef SAN
OUT = build/san
CFLAGS = -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all \
    -fno-omit-frame-pointer
HARDEN =
endif

ALL_CFLAGS = -std=c11 -D_GNU_SOURCE -DHF_VERSION='"$(VERSION)"' \
    -DHF_PREFIX='"$(PREFIX)"' -Ilibcommon $(WARN) $(HARDEN) $(CFLAGS) $(BITS)
LIBS = -Wl,--as-needed -lcurl -lcrypto -lyaml -lpcre2-8 -lcjson -lxxhash \
    -lz -lseccomp -lm -lpthread

LIBSRC := $(sort $(wildcard libcommon/*.c libcommon/*/*.c))
CMDSRC := $(sort $(wildcard cmd/hf-*.c))
UNITSRC := $(sort $(wildcard tests/unit/check_*.c))
LIBOBJ = $(LIBSRC:%.c=$(OUT)/obj/%.o) $(OUT)/obj/archs.o
ARCHS := $(patsubst libcommon/arch/%.c,arch_%,$(sort \
    $(wildcard libcommon/arch/*.c)))
LIB = $(OUT)/libcommon.a
BIN = $(CMDSRC:cmd/%.c=$(OUT)/bin/%)
UNIT = $(UNITSRC:tests/unit/%.c=$(OUT)/unit/%)
SCRIPTBIN = $(patsubst cmd/%.sh,$(OUT)/bin/%,$(wildcard cmd/hf-*.sh))

all: $(BIN) $(SCRIPTBIN)

$(OUT)/obj/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

# The table of architectures is the list of files in arch/.
$(OUT)/archs.c: $(wildcard libcommon/arch/*.c)
	@mkdir -p $(@D)
	@{ echo '#include "arch.h"'; \
	for a in $(ARCHS); do echo "extern const struct arch $$a;"; done; \
	echo 'const struct arch *const archs[] = {'; \
	for a in $(ARCHS); do echo "	&$$a,"; done; echo '	0'; echo '};'; } >$@

$(OUT)/obj/archs.o: $(OUT)/archs.c
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -c -o $@ $<

# Kernels hold their speed only when optimised, whatever the user's CFLAGS.
ifndef SAN
$(OUT)/obj/libcommon/kernel/%.o: BITS += -O3
endif

$(LIB): $(LIBOBJ)
	@rm -f $@
	@$(AR) rcs $@ $^

$(OUT)/bin/%: $(OUT)/obj/cmd/%.o $(LIB)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -pie $(LDFLAGS) -o $@ $< $(LIB) $(LIBS)

$(OUT)/bin/%: cmd/%.sh
	@mkdir -p $(@D)
	install -m 755 $< $@

$(OUT)/unit/%: $(OUT)/obj/tests/unit/%.o $(LIB)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -pie $(LDFLAGS) -o $@ $< $(LIB) \
	    `pkg-config --libs check` $(LIBS)

$(OUT)/bench/%: $(OUT)/obj/tests/bench/%.o $(OUT)/obj/tests/bench/bench.o $(LIB)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -pie $(LDFLAGS) -o $@ $^ $(LIBS)

deps:
	@scripts/deps

# The set-up runs first and apart, so that the build sees what it installed.
# As many jobs as CPUs, unless the user said how many.
JOBS = $(if $(findstring -j,$(MAKEFLAGS)),,-j$(shell nproc))

demo: deps
	@$(MAKE) --no-print-directory $(JOBS) all
	@scripts/demo

check: deps
	@$(MAKE) --no-print-directory $(JOBS) all unit
	@OUT=$(OUT) tests/run

# Against the Python libraries, which are installed apart (scripts/venv).
check-interop: all
	@for t in scripts/interop-*; do \
	    echo "== $$t"; PYTHON=`scripts/venv` $$t || exit 1; done

# Hours, not minutes, under SAN=1; see tests/campaign.
campaign: all
	@OUT=$(OUT) tests/campaign

unit: $(UNIT)

install: all
	scripts/install $(OUT) "$(DESTDIR)" "$(PREFIX)"

clean:
	rm -rf build

.PHONY: all deps demo check check-interop campaign unit install clean
.SECONDARY:

-include $(LIBOBJ:.o=.d) $(CMDSRC:%.c=$(OUT)/obj/%.d) \
    $(UNITSRC:%.c=$(OUT)/obj/%.d)
