# Builds the extension like any PGXS extension (make, install, installcheck, uninstall, clean; PG_CONFIG= chooses
# the server) and adds the goals of `make help`, which need nothing but make and bash to start with: PGXS is read
# only when a goal asks for it, because it may not be installed yet and because it has a goal `check` of its own.

own_goals := setup demo check check-asan bench format lint help build/crowd build/queue_histories build/sale_histories build/boxofficed

ifneq ($(origin PG_CONFIG),undefined)
export PG_CONFIG
endif
PG_CONFIG ?= pg_config

asked_own := $(filter $(own_goals),$(MAKECMDGOALS))
asked_pgxs := $(filter-out $(own_goals),$(or $(MAKECMDGOALS),all))

ifneq ($(and $(asked_own),$(asked_pgxs)),)

# Goals of both kinds, as in `make clean check`: one make for each, in the order given.
.NOTPARALLEL:
.PHONY: $(MAKECMDGOALS)
$(MAKECMDGOALS):
	@$(MAKE) --no-print-directory $@

else ifneq ($(asked_own),)

.PHONY: setup demo check check-asan bench format lint help build/boxofficed build/crowd

help:
	@echo 'make                 build the extension (PG_CONFIG=... chooses the server)'
	@echo 'make install         install it; also installcheck, uninstall, clean'
	@echo 'make setup           install from Debian what building and testing need'
	@echo 'make demo            a crowd fights for a real hall over HTTP, on a private server (ARGS=--keep leaves it up, --sql goes without HTTP)'
	@echo 'make check           every test, on a private server; the last line says what passed and failed'
	@echo 'make check-asan      the tests of the extension and of the gateway once more, under sanitizers'
	@echo 'make bench           measure on a private server'
	@echo 'make build/boxofficed  build the gateway, into build/api'
	@echo 'make lint            only the checks that need no server'
	@echo 'make format          format the C++ sources in place'

setup:
	@test/setup.sh

demo:
	@test/demo.sh $(ARGS)

check:
	@test/check.sh $(ARGS)

check-asan:
	@test/check_sanitized.sh $(ARGS)

lint:
	@test/check.sh --lint $(ARGS)

bench:
	@test/bench/run.sh $(ARGS)
	@test/bench/best_seats.sh $(ARGS)
	@test/bench/house.sh $(ARGS)
	@test/bench/queue.sh $(ARGS)
	@test/bench/gateway.sh $(ARGS)

format:
	clang-format -i $(wildcard extension/src/*.cpp extension/src/*/*.cpp extension/src/*/*.h extension/src/*/*/*.cpp extension/src/*/*/*.h test/bench/*.cpp test/bench/*.h \
		test/property/*.cpp test/property/*.h test/property/*/*.cpp test/property/*/*.h test/extension/*.cpp \
		api/src/*.cpp api/src/*/*.cpp api/src/*/*.h test/api/*.cpp test/api/*.h)

# The gateway, its tests and the crowd of the demo, by CMake; two makes in one checkout build one after the other. The demo needs
# the gateway, too, but no tests.
build/boxofficed: goal := all
build/crowd: goal := crowd boxofficed
build/boxofficed build/crowd:
	@mkdir -p build
	@flock build/api.lock cmake -S . -B build/api >build/api-configure.log || { cat build/api-configure.log; exit 1; }
	@flock build/api.lock $(MAKE) --silent --no-print-directory -C build/api $(goal) >build/api-build.log
	@[ $@ != build/crowd ] || ln -sf api/crowd build/crowd

# The property tests of the queue and of sales: other such clients, with rapidcheck.
build/queue_histories: $(wildcard test/property/queue/*.cpp test/property/queue/*.h)
build/sale_histories: $(wildcard test/property/sale/*.cpp test/property/sale/*.h)
build/queue_histories build/sale_histories: $(wildcard test/property/*.cpp test/property/*.h) Makefile
	@mkdir -p build
	$(CXX) -std=c++20 -g -Wall -Wextra -Werror -Itest/property -isystem $(shell $(PG_CONFIG) --includedir) \
		-o $@ $(filter %.cpp,$^) -L$(shell $(PG_CONFIG) --libdir) -lrapidcheck -lpq -pthread

else

PGXS := $(shell $(PG_CONFIG) --pgxs 2>/dev/null)
ifeq ($(wildcard $(PGXS)),)
$(error no PostgreSQL server headers found by PG_CONFIG=$(PG_CONFIG); `make setup` installs them from Debian)
endif

ifneq ($(shell pkg-config --exists icu-uc && echo found),found)
$(error pkg-config finds no headers of ICU (icu-uc); `make setup` installs them from Debian)
endif

sources := $(wildcard extension/src/*.cpp extension/src/*/*.cpp extension/src/*/*/*.cpp)

MODULE_big := boxoffice
EXTENSION := extension/boxoffice
DATA := sql/released/boxoffice--1.0.sql
OBJS := $(sources:.cpp=.o)

REGRESS := $(sort $(patsubst test/sql/%.sql,%,$(wildcard test/sql/*.sql)))
REGRESS_OPTS := --inputdir=test --load-extension=boxoffice --encoding=UTF8
# Unlike pg_regress, the isolation tester looks for expected/ in an output folder of its own unless told otherwise.
ISOLATION := $(sort $(patsubst test/specs/%.spec,%,$(wildcard test/specs/*.spec)))
ISOLATION_OPTS := --inputdir=test --outputdir=. --load-extension=boxoffice --encoding=UTF8

# A later compiler may warn of more than we know: `make WERROR=` builds all the same.
WERROR ?= -Werror

# The server's headers are system headers, so that their warnings do not count.
PG_CPPFLAGS := -Iextension/src -isystem $(shell $(PG_CONFIG) --includedir-server) $(shell pkg-config --cflags icu-uc) \
	'-DBOXOFFICE_VERSION="$(shell sed -n "s/^default_version = '\(.*\)'/\1/p" $(EXTENSION).control)"'
PG_CXXFLAGS := -std=c++20 -Wall -Wextra -Wno-register $(WERROR) -MMD -MP
ifneq ($(findstring clang,$(notdir $(CXX))),)
# PGXS passes warning options of the compiler that built the server.
PG_CXXFLAGS += -Wno-unknown-warning-option
endif
SHLIB_LINK += -lstdc++ $(shell pkg-config --libs icu-uc)

# For instance address,undefined: see test/check_sanitized.sh.
SANITIZERS ?=
ifneq ($(SANITIZERS),)
sanitizing := -fsanitize=$(SANITIZERS) -fno-sanitize=vptr -fno-omit-frame-pointer
PG_CXXFLAGS += $(sanitizing)
SHLIB_LINK += $(sanitizing)
endif

# Bitcode would need the very clang that the server was built with, and inlining C++ into queries gains nothing.
override with_llvm := no

EXTRA_CLEAN := $(OBJS:.o=.d) build

include $(PGXS)

.DEFAULT_GOAL := all

# Renewed from its parts until it is released; from then on it stays, and changes go into updates.
all: sql/released/boxoffice--1.0.sql
sql/released/boxoffice--1.0.sql: sql/assemble.sh $(wildcard sql/boxoffice/*)
	@sql/assemble.sh boxoffice 1.0 >$@.new && mv $@.new $@

# Built again when the compiler or the server changes, not only the sources.
$(OBJS): Makefile build/configuration
extension/src/upkeep/setup.o: $(EXTENSION).control
.PHONY: always
build/configuration: always
	@mkdir -p $(@D)
	@echo '$(CXX) $(SANITIZERS) for PostgreSQL $(VERSION)' | cmp -s - $@ || \
		echo '$(CXX) $(SANITIZERS) for PostgreSQL $(VERSION)' > $@

# Compiles every file and links nothing: `make warnings CXX=clang++` lets another compiler judge.
judged := build/$(notdir $(CXX))-$(MAJORVERSION)
.PHONY: warnings
warnings: $(sources:extension/src/%.cpp=$(judged)/%.o)
$(judged)/%.o: extension/src/%.cpp Makefile
	@mkdir -p $(@D)
	$(COMPILE.cc) -o $@ $<

# What is scheduled, for the check that no test is forgotten.
.PHONY: scheduled
scheduled:
	@printf '%s\n' $(addprefix test/sql/,$(addsuffix .sql,$(REGRESS))) $(addprefix test/specs/,$(addsuffix .spec,$(ISOLATION)))

-include $(OBJS:.o=.d) $(wildcard $(sources:extension/src/%.cpp=$(judged)/%.d))

endif
