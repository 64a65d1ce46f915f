# pagelab - every target; `make help` lists them. Sources are listed by folder, rules by pattern.

# Given on the command line only: the environment is full of accidents.
$(foreach v,CROSS OPT B LLVM SAN V,$(if $(filter environment%,$(origin $v)),$(eval undefine $v)))
CROSS ?= riscv64-unknown-elf-
OPT   ?= -O2
B     ?= build

WARN := -Wall -Wextra -Werror -Wshadow -Wundef -Wstrict-prototypes -Wmissing-prototypes \
        -Wvla -Wconversion -Wno-sign-conversion -Wimplicit-fallthrough

# ---- the kernel ------------------------------------------------------------------------------

# gcc by its prefix, or LLVM=1 for clang and lld.
ifdef LLVM
KCC   := clang --target=riscv64-unknown-elf -march=rv64imac -mno-relax
KLD   := -fuse-ld=lld
KNM   := llvm-nm
KAR   := llvm-ar
KOBJCOPY := llvm-objcopy
else
KCC   := $(CROSS)gcc -march=rv64imac -misa-spec=2.2
KLD   := -no-pie
KNM   := $(CROSS)nm
KAR   := $(CROSS)ar
KOBJCOPY := $(CROSS)objcopy
endif

# SAN=undefined: UBSan. SAN=address: the facade fills and watches free pages (kern/san/address).
# A kernel of its own below build/, with the sources of its own in kern/san.
SANS      := undefined address
$(if $(filter-out $(SANS),$(SAN))$(word 2,$(SAN)),$(error SAN=$(SAN) is not known; there are: $(SANS)))
K         := $B/$(SAN:%=san-%/)kernel
# What is watched at run time is not guessed at beforehand.
SAN_FLAGS := $(if $(filter undefined,$(SAN)),-fsanitize=undefined -Wno-array-bounds)
SAN_PMM   := $(if $(filter address,$(SAN)),-include kern/san/address/window.h)

KDIRS    := init mm driver trap debug sync fs schedule process syscall libs $(SAN:%=san/%)
POLICIES := $(wildcard kern/mm/*_pmm.c)
FACADE   := $(patsubst %,kern/mm/%.c,pmm grants pmm_audit page_map fail) $(POLICIES)
KSRC     := $(wildcard $(KDIRS:%=kern/%/*.c)) $(wildcard $(KDIRS:%=kern/%/*.S)) $(wildcard libs/*.c)
KOBJ     := $(addprefix $K/,$(addsuffix .o,$(basename $(KSRC))))

# Policies see libs and kern/mm only; old ones say #include <pmm.h>.
POLICY_INC := -I libs -I kern/mm
KINC       := $(POLICY_INC) $(patsubst %,-iquote kern/%,driver trap debug sync schedule process syscall fs init libs $(SAN:%=san/%) san/off)

KMACHINE := -g $(OPT) -ffreestanding -fno-builtin -fno-common -fno-pic -fno-omit-frame-pointer \
            -fno-stack-protector -fno-asynchronous-unwind-tables -mabi=lp64 -mcmodel=medany \
            $(SAN_FLAGS)
KFLAGS   := -std=c11 $(WARN) -Wframe-larger-than=4096 $(KMACHINE) -nostdinc -MMD -MP

# ---- the host --------------------------------------------------------------------------------

HOSTCC_gcc   := gcc
# COURSE: tests on the host
HOSTCC_clang := clang
# One looks at optimized code, the other is quick to compile.
HOPT_gcc     := -g1 -O1
HOPT_clang   := -g -O0
HFLAGS := -std=c11 $(WARN) -fsanitize=address,undefined -fno-sanitize-recover=all \
          -fno-omit-frame-pointer

HOST_TESTS := $(basename $(notdir $(wildcard tests/host/test_*.c)))
HOST_INC   := -iquote tests/host $(patsubst %,-iquote %,libs kern/mm kern/driver kern/sync kern/fs kern/init kern/san/off)
HOST_HDR   := $(wildcard tests/host/*.h user/sh/*.h libs/*.[ch] kern/*/*.h kern/san/*/*.h)
-include tests/host/sources.mk
# COURSE ends

# V=1 shows the commands, else each is one line.
Q   := $(if $V,,@)
run  = $(if $V,,@echo "  $1"; )

MAKEFLAGS += -j$(shell nproc)

.DELETE_ON_ERROR:
.SECONDEXPANSION:
.PHONY: all FORCE
all: $K.elf $B/initrd.cpio                ## build/kernel.elf, initrd.cpio (CROSS=prefix or LLVM=1, OPT=-O2, SAN=)

# Without a compiler, one line says what to do; some targets need none.
NEEDS_NO_COMPILER := help clean check doctor fuzz handout handout-update
ifneq ($(filter-out $(NEEDS_NO_COMPILER),$(or $(MAKECMDGOALS),all)),)
ifeq ($(shell command -v $(firstword $(KCC))),)
$(error no $(firstword $(KCC)) on this machine: run tools/setup run)
endif
endif

KINCLUDE := -isystem $(shell $(KCC) -print-file-name=include)

# Another compiler or other flags: everything is compiled again. tools/dropin.py wants to know.
$K/flags: FORCE
	@mkdir -p $(@D)
	@echo "B='$B' CROSS='$(CROSS)' OPT='$(OPT)' LLVM='$(LLVM)' SAN='$(SAN)'" >$(@D)/variables
	@echo '$(KCC) $(KFLAGS)' | cmp -s - $@ || echo '$(KCC) $(KFLAGS)' >$@

ifeq ($(wildcard RELEASE),)
$K/%_pmm.o: %_pmm.c $K/flags
	@mkdir -p $(@D)
	$(call run,CC $<)$(KCC) $(KFLAGS) $(KINCLUDE) $(POLICY_INC) $(SAN_PMM) -c $< -o $@
else # a student's tree: an old file may stand in a policy's place, and warnings end nothing
$K/%_pmm.o: %_pmm.c $(wildcard libs/*.h kern/mm/*.h) tools/policy-object $K/flags
	@mkdir -p $(@D)
	$(call run,CC $<)tools/policy-object --in-place --cc '$(KCC) $(KMACHINE) $(SAN_PMM:kern%=$(CURDIR)/kern%)' \
	    --nm $(KNM) --objcopy $(KOBJCOPY) -o $@ $<
endif
$K/%.o: %.c $K/flags
	@mkdir -p $(@D)
	$(call run,CC $<)$(KCC) $(KFLAGS) $(KINCLUDE) $(KINC) -c $< -o $@
$K/%.o: %.S $K/flags
	@mkdir -p $(@D)
	$(call run,CC $<)$(KCC) $(KFLAGS) $(KINCLUDE) $(KINC) -c $< -o $@

# Linked twice: the table of function names is made from the first, and follows the code.
KLINK := $(KCC) $(KLD) -nostdlib -static -mabi=lp64 -Wl,--build-id=none -Wl,-z,max-page-size=4096 -T tools/kernel.ld

# $1: objects beside the kernel's own.
define link
	$Q: | awk -f tools/ksyms.awk >$(@:.elf=)-nosyms.S
	$(call run,LD $@)$(KLINK) $(KOBJ) $1 $(@:.elf=)-nosyms.S -o $(@:.elf=)-nosyms.elf
	$Q$(KNM) -n $(@:.elf=)-nosyms.elf | awk -f tools/ksyms.awk >$(@:.elf=)-syms.S
	$Q$(KLINK) $(KOBJ) $1 $(@:.elf=)-syms.S -o $@
endef

$K.elf: $(KOBJ) tools/kernel.ld tools/ksyms.awk
	$(call link)

# A kernel with one policy more, from the file that `source` links to (tools/qemu PMM=path).
$(dir $K)dropin/%/policy.o: FORCE $K/flags
	$(call run,CC $@)tools/policy-object --cc '$(KCC) $(KMACHINE) $(SAN_PMM:kern%=$(CURDIR)/kern%)' \
	    --nm $(KNM) --objcopy $(KOBJCOPY) -o $@ "$$(readlink $(@D)/source)"
.PRECIOUS: $(dir $K)dropin/%/policy.o
$(dir $K)dropin/%/kernel.elf: $(dir $K)dropin/%/policy.o $(KOBJ) tools/kernel.ld tools/ksyms.awk
	$(call link,$< $(if $(LLVM),,$(shell $(KCC) $(KMACHINE) -print-libgcc-file-name)))

# ---- programs --------------------------------------------------------------------------------

# user/NAME.c, and what is in a folder user/NAME, is build/user/NAME; linked with what it uses of
# user/libs and libs.
U         := $B/user
PROGRAMS  := $(patsubst user/%.c,$U/%,$(wildcard user/*.c))
USER_LIBS := $(patsubst %,$U/obj/%.o,$(basename $(wildcard user/libs/*.[cS]) libs/printfmt.c libs/string.c))
USER_OBJ  := $(patsubst %,$U/obj/%.o,$(basename $(wildcard user/*.c user/*/*.[cS])))
UMACHINE  := -g $(OPT) -ffreestanding -fno-builtin -fno-common -fno-pic -fno-stack-protector \
             -fno-asynchronous-unwind-tables -ffunction-sections -fdata-sections -mabi=lp64 -mcmodel=medany
UFLAGS    := -std=c11 $(WARN) $(UMACHINE) -nostdinc -MMD -MP
UINC      := -I user/libs -I libs
ULINK     := $(KCC) $(KLD) -nostdlib -static -mabi=lp64 -Wl,--build-id=none -Wl,-z,max-page-size=4096 \
             -Wl,--gc-sections -T tools/user.ld
LIBGCC    := $(if $(LLVM),,$(shell $(KCC) $(KMACHINE) -print-libgcc-file-name))

$U/flags: FORCE
	@mkdir -p $(@D)
	@echo '$(KCC) $(UFLAGS)' | cmp -s - $@ || echo '$(KCC) $(UFLAGS)' >$@
$U/obj/%.o: %.c $U/flags
	@mkdir -p $(@D)
	$(call run,CC $<)$(KCC) $(UFLAGS) $(KINCLUDE) $(UINC) -c $< -o $@
$U/obj/%.o: %.S $U/flags
	@mkdir -p $(@D)
	$(call run,CC $<)$(KCC) $(UFLAGS) $(KINCLUDE) $(UINC) -c $< -o $@
$U/libuser.a: $(USER_LIBS)
	$Qrm -f $@ && $(KAR) rcs $@ $^
$(PROGRAMS): $U/%: $U/obj/user/%.o $$(filter $U/obj/user/%/$$(PERCENT),$(USER_OBJ)) $U/libuser.a tools/user.ld
	$(call run,LD $@)$(ULINK) $(filter %.o %.a,$^) -o $@
PERCENT := %

$B/initrd.cpio: $(PROGRAMS) tools/initrd $(shell find user/root)
	$(call run,CPIO $@)tools/initrd $@ $(KOBJCOPY) user/root $(PROGRAMS)

# One with the programs of the folder that `source` links to (tools/qemu PROGS=dir) beside ours.
$B/progs/%/initrd.cpio: FORCE $(PROGRAMS) tools/initrd
	$Qrm -rf $(@D)/bin && mkdir $(@D)/bin
	$Qfor c in $(@D)/source/*.c; do \
	    $(KCC) -std=gnu99 -DDROPIN -w $(UMACHINE) -nostdinc $(KINCLUDE) $(UINC) -I $(@D)/source \
	        -c "$$c" -o $(@D)/program.o && \
	    $(ULINK) $(@D)/program.o $U/libuser.a $(LIBGCC) -o "$(@D)/bin/$$(basename "$$c" .c)" || exit 1; done
	$Qtools/initrd $@ $(KOBJCOPY) user/root $(PROGRAMS) $(@D)/bin/*

# COURSE: tests on the host
# ---- tests on the host -----------------------------------------------------------------------

# One program a test and compiler: build/host/gcc/test_list ...
$B/host/gcc/%: tests/host/%.c $$(USES_%) $$(HOST_HDR)
	@mkdir -p $(@D)
	$(call run,CC $@)$(HOSTCC_gcc) $(HOPT_gcc) $(HFLAGS) $(INC_$*) $(HOST_INC) $< $(USES_$*) -lcmocka -o $@
$B/host/clang/%: tests/host/%.c $$(USES_%) $$(HOST_HDR)
	@mkdir -p $(@D)
	$(call run,CC $@)$(HOSTCC_clang) $(HOPT_clang) $(HFLAGS) $(INC_$*) $(HOST_INC) $< $(USES_$*) -lcmocka -o $@

# The tests of kern/mm once more, counting lines and branches: a folder a program. With red zones,
# the heap's usual ways are not taken.
COVERAGE_TESTS := $(foreach t,$(filter-out test_redzone,$(HOST_TESTS)),$(if $(filter %pmm.c %page_map.c %page_table.c %avl.c %archive.c,$(USES_$t)),$t))
COVERAGE       := $(foreach t,$(COVERAGE_TESTS),$B/coverage/$t/$t)

$B/coverage/%: tests/host/$$(*F).c $$(USES_$$(*F)) $$(HOST_HDR)
	@mkdir -p $(@D) && rm -f $(@D)/*.gc*
	$(call run,CC $@)$(HOSTCC_gcc) -std=c11 -g -O0 --coverage $(WARN) $(INC_$(*F)) $(HOST_INC) $< $(USES_$(*F)) -lcmocka -o $@

.PHONY: coverage
coverage: $(COVERAGE)                     ## every line, branch and panic of kern/mm and kern/fs that is portable is tested
	@tools/coverage $(COVERAGE)

# COURSE ends
# ---- the judge -------------------------------------------------------------------------------

# Policies are compiled by tools/policy-object, each into a child of its own (tools/policies.py).
JUDGE_SRC   := $(filter-out tests/judge/child.c,$(wildcard tests/judge/*.c))
JUDGE_FLAGS := -std=c11 -g -O2 $(WARN) -iquote tests/judge -iquote libs -iquote kern/mm
JUDGE_HDR   := $(wildcard tests/judge/*.h libs/*.h kern/mm/*.h)

$B/judge/judge: $(JUDGE_SRC) $(JUDGE_HDR)
	@mkdir -p $(@D)
	$(call run,CC $@)$(HOSTCC_gcc) $(JUDGE_FLAGS) $(JUDGE_SRC) -o $@
$B/judge/child.o: tests/judge/child.c $(JUDGE_HDR)
	@mkdir -p $(@D)
	$(call run,CC $@)$(HOSTCC_gcc) $(JUDGE_FLAGS) -c $< -o $@

# What stands between judge and policy with --cache: kern/mm's, and the host tests' hart.
$B/judge/front_cache.o: kern/mm/front_cache.c tests/host/intr.h $(JUDGE_HDR)
	@mkdir -p $(@D)
	$(call run,CC $@)$(HOSTCC_gcc) -std=c11 -g -O2 $(WARN) -ffreestanding -iquote tests/host \
	    -iquote libs -iquote kern/mm -c $< -o $@

# One that gives nothing up, for gdb, and to show that confinement matters.
$B/judge/unconfined.o: tests/judge/child.c $(JUDGE_HDR)
	@mkdir -p $(@D)
	$(call run,CC $@)$(HOSTCC_gcc) $(JUDGE_FLAGS) -DUNCONFINED -c $< -o $@

# What a policy's object is linked with to be a guest (tests/judge/guest.h), and how.
GUEST_OBJ := $(patsubst %,$K/%.o,kern/init/entry tests/guest/reset tests/guest/guest kern/trap/trapentry \
               kern/trap/stacks kern/trap/trap libs/printfmt libs/string)
GUEST_LD  := $(KLINK:tools/%=@TREE@/tools/%) -Wl,-e,guest_reset -Wl,--defsym=LOAD_BASE=0xc0000000

$K/tests/guest/%.o: KINC += -iquote tests/judge
$B/judge/guest.o: $(GUEST_OBJ)
	@mkdir -p $(@D)
	$(call run,LD $@)$(KCC) $(KLD) -nostdlib -mabi=lp64 -r $(GUEST_OBJ) -o $@
	$Qprintf '%s\n' '$(KCC) $(KMACHINE)' '$(KNM)' '$(KOBJCOPY)' '$(GUEST_LD)' >$(@:.o=.commands)

.PHONY: judge-programs judge grade
judge-programs: $B/judge/judge $B/judge/child.o $B/judge/front_cache.o $B/judge/unconfined.o $B/judge/guest.o
judge: export PAGELAB_GUEST := $(if $(filter command%,$(origin GUEST)),$(GUEST))
judge: export PAGELAB_CACHE := $(if $(filter command%,$(origin CACHE)),$(CACHE))
judge: judge-programs                     ## what a policy promises and keeps: PMM=name|path GUEST=1 (in QEMU) CACHE=1
	@tools/judge

grade: judge-programs                     ## marks for the lab's policy files; tools/grade --help
	@tools/grade

# ---- the bench -------------------------------------------------------------------------------

# As for the judge, each policy is compiled into a program of its own, by tests/bench/run.
BENCH_SRC   := $(patsubst %,kern/mm/%.c,workload workload_ends) $(patsubst %,tests/bench/%.c,fragments host)
BENCH_FLAGS := -std=c11 -g -O2 $(WARN) -iquote tests/bench -iquote libs -iquote kern/mm
BENCH_HDR   := $(wildcard tests/bench/*.h) $(filter %.h,$(HOST_HDR))
FACADE_INC  := -iquote tests/bench -iquote tests/host $(patsubst %,-iquote kern/%,driver sync san/off)
CACHE_SRC   := $(wildcard kern/mm/front_cache.c)
BENCHES     := plain.o facade $(if $(CACHE_SRC),cached.o)

$B/bench/plain.o: $(BENCH_SRC) tests/bench/plain.c $(BENCH_HDR)
	@mkdir -p $(@D)
	$(call run,CC $@)$(HOSTCC_gcc) $(BENCH_FLAGS) -r $(filter %.c,$^) -o $@
$B/bench/cached.o: $(BENCH_SRC) tests/bench/plain.c $(CACHE_SRC) $(BENCH_HDR)
	@mkdir -p $(@D)
	$(call run,CC $@)$(HOSTCC_gcc) $(FACADE_INC) $(BENCH_FLAGS) -DFRONT_CACHE -r $(filter %.c,$^) -o $@
$B/bench/facade: $(BENCH_SRC) tests/bench/facade.c $(FACADE) $(BENCH_HDR)
	@mkdir -p $(@D)
	$(call run,CC $@)$(HOSTCC_gcc) $(FACADE_INC) $(BENCH_FLAGS) $(filter %.c,$^) -o $@

.PHONY: bench bench-programs
bench-programs: $(BENCHES:%=$B/bench/%)
BENCH_VARS := PMM WORKLOAD PAGES
$(foreach v,$(BENCH_VARS),$(eval bench: export PAGELAB_$v := $$(if $$(filter command%,$$(origin $v)),$$(value $v))))
bench: export PAGELAB_B := $B
bench: bench-programs $B/npm/uplot        ## what allocators cost: PMM=name|path WORKLOAD=b PAGES=32768
	@tests/bench/run

# The page that make bench and make bench-guest leave in build/bench/report.html draws with uPlot.
UPLOT := uplot@1.6.32
$B/npm/uplot:
	$Qnpm install --silent --no-fund --no-audit --prefix $B/npm $(UPLOT) && touch $@ || \
	    echo "npm cannot get $(UPLOT), so there will be no report.html: tools/setup bench installs npm"

# COURSE: searches, tests, handouts
# ---- searches --------------------------------------------------------------------------------

# One policy, the model and the rest of the judge in one process (tests/inside); the policy is
# linked by tests/exhaustive/run.
INSIDE_SRC   := tests/inside/inside.c $(patsubst %,tests/judge/%.c,world hoard owner limits rules \
                model model_setup table)
SEARCH_SRC   := $(wildcard tests/exhaustive/*.c) $(INSIDE_SRC)
INSIDE_HDR   := $(wildcard tests/inside/*.h tests/exhaustive/*.h) $(JUDGE_HDR)
INSIDE_FLAGS := $(JUDGE_FLAGS) -iquote tests/inside

$B/exhaustive/search.o: $(SEARCH_SRC) $(INSIDE_HDR)
	@mkdir -p $(@D)
	$(call run,CC $@)$(HOSTCC_gcc) $(INSIDE_FLAGS) -fno-pie -r $(SEARCH_SRC) -o $@

# The same of a small cache of objects: a host test, on one page more.
SMALL_CACHE := $B/exhaustive/small_cache
$(SMALL_CACHE): tests/host/test_small_cache.c $(USES_test_small_cache) $(HOST_HDR)
	@mkdir -p $(@D)
	$(call run,CC $@)$(HOSTCC_gcc) -std=c11 -O2 $(WARN) -DPAGES=4 $(HOST_INC) $< $(USES_test_small_cache) -lcmocka -o $@

.PHONY: exhaustive
exhaustive: export PAGELAB_B := $B
exhaustive: $B/exhaustive/search.o $(SMALL_CACHE) ## every sequence of calls on 8 to 16 pages (PMM=name or file), and on a small cache
	@tests/exhaustive/run
	$(if $(filter command%,$(origin PMM)),,@$(SMALL_CACHE))

# ---- tests -----------------------------------------------------------------------------------

# Debian's pytest, wherever another python3 may stand in the PATH. Many tests wait, for a hang to be
# one or for a child's answer: another takes the processor meanwhile.
PYTEST := PYTHONDONTWRITEBYTECODE=1 pytest-3 -q -p no:cacheprovider -n $(shell expr $$(nproc) + 1)

HOST_PROGRAMS := $(foreach c,gcc clang,$(HOST_TESTS:%=$B/host/$c/%))

.PHONY: test test-programs test-host test-judge test-dropin test-qemu test-tools test-handout faults test.txt check
test-programs: all san-kernels $(HOST_PROGRAMS) judge-programs bench-programs $B/exhaustive/search.o

test: test-programs                       ## every test; the last line is N passed, N failed
	@$(PYTEST) --test-txt test.txt tests
test-host: $(HOST_PROGRAMS)               ## C tests on the host, sanitized, by gcc and clang
	@$(PYTEST) tests/host
test-judge: judge-programs                ## the judge, and every policy through it
	@$(PYTEST) tests/judge
test-dropin: test-programs                ## files from outside, judged and booted
	@$(PYTEST) tests/dropin
test-qemu: all san-kernels                ## the kernel under QEMU
	@$(if $(SAN),PAGELAB_KERNEL=$K.elf) $(PYTEST) tests/qemu
# One after the other: each make takes every processor.
.PHONY: san-kernels test-san
san-kernels: $B/initrd.cpio
	@for s in $(SANS); do $(MAKE) -s all SAN=$$s || exit 1; done
test-san: san-kernels                     ## test-qemu on the kernel of each SAN=
	@for s in $(SANS); do $(MAKE) -s test-qemu SAN=$$s || exit 1; done
test-tools: test-programs                 ## tools/*
	@$(PYTEST) tests/tools
.PHONY: test-guides pictures
test-guides: test-programs                ## what guides show, in labs and for teachers, is what happens
	@$(PYTEST) tests/handout/test_guides.py tests/handout/test_teachers.py
pictures: $K.elf                          ## the lab guide's pictures, from the monitor of a boot each
	@sed -n 's/^\$$ \(tools\/draw .*\)/\1/p' docs/labs/allocator/en.md | while IFS= read -r draw; do \
	    echo "$$ $$draw"; sh -c "$$draw" </dev/null || exit 1; done
test-handout: test-programs               ## what students get: it builds, boots, is graded, updated, and gives nothing away
	@$(PYTEST) tests/handout
# A kernel a compiler below build/matrix, each by a make of its own.
MATRIX := gcc: gcc-O0:OPT=-O0 gcc-Os:OPT=-Os linux:CROSS=riscv64-linux-gnu- llvm:LLVM=1
.PHONY: test-matrix matrix-kernels
matrix-kernels:
	@for m in $(MATRIX); do \
	    $(MAKE) -s all B=$B/matrix/$${m%%:*} $${m#*:} || exit 1; done
test-matrix: matrix-kernels               ## every compiler, QEMU, memory size and policy; other firmware
	@qemu=$$(tools/qemu-backport) || exit 1; tests/matrix/run && \
	PAGELAB_QEMU=$$qemu $(PYTEST) tests/qemu && \
	PAGELAB_OPTS='-bios $(FW_JUMP)' $(PYTEST) tests/qemu
FW_JUMP := /usr/lib/riscv64-linux-gnu/opensbi/generic/fw_jump.bin
faults: test-programs                     ## break the code on purpose: a test must notice
	@PAGELAB_ALL_FAULTS=1 $(PYTEST) tests/faults
.PHONY: sweep
sweep: $K.elf                             ## a boot for each allocation of a boot, which fails: PMM=name|path JOBS=
	@tests/sweep/run $(if $(JOBS),--jobs $(JOBS)) $(if $(filter command%,$(origin PMM)),'$(PMM)')
.PHONY: mutants
mutants:                                  ## small mistakes in allocators, heap and page tables: each must be noticed
	@tests/mutants/run $(if $V,--verbose)
# RUNS or PMM: policies only.
.PHONY: fuzz fuzz-policies
fuzz: fuzz-policies                       ## libFuzzer on device trees, page tables, heap, spaces, archives, programs, policies: T=60 RUNS= PMM= JOBS=
	$(if $(RUNS)$(filter command%,$(origin PMM)),,@tests/fuzz/run B=$B $(if $T,T=$T) $(if $(JOBS),JOBS=$(JOBS)) && \
	    for part in page_tables heap spaces archive programs; do tests/fuzz/modelled $$part B=$B $(if $T,T=$T) || exit 1; done)
fuzz-policies: export PAGELAB_B := $B
fuzz-policies:
	@tests/fuzz/policies $(if $(RUNS),--runs $(RUNS),--time $(or $T,60)) $(if $(JOBS),--jobs $(JOBS))
.PHONY: fuzz-calls
fuzz-calls: all                           ## a million random system calls on every policy: SEEDS= CALLS= PMM= JOBS=
	@tests/fuzz/calls $(foreach v,SEEDS CALLS PMM JOBS,$(if $(filter command%,$(origin $v)),'$v=$($v)'))
.PHONY: bench-guest
bench-guest: all judge-programs $B/npm/uplot ## exact instructions of an alloc and a free in the kernel, and of boot: PMM=name|path WORKLOAD=ab
	@tests/bench/guest $(foreach v,PMM WORKLOAD,$(if $(filter command%,$(origin $v)),--$(shell echo $v | tr A-Z a-z) '$($v)'))
test.txt: test-programs                   ## make test.txt anew, from a run of everything
	@$(PYTEST) --results $B/results.txt tests
	@tools/test-txt write $B/results.txt
check:                                    ## format, layers, sizes, slots, nothing generated in git
	@tools/check

# ---- handouts --------------------------------------------------------------------------------

.PHONY: handout handout-update
handout:                                  ## a lab's student tree: TASK=allocator OUT=dir
	@tools/handout make '$(TASK)' '$(OUT)'
handout-update:                           ## bring one to this tree's release; the student's files stay: OUT=dir
	@tools/handout update '$(OUT)'

# COURSE ends
# ---- running it ------------------------------------------------------------------------------

# These count only when given on the command line: the environment is full of accidents. They
# reach tools/qemu through the environment under private names, so that their quotes survive.
QEMU_VARS := PMM MEM SMP ARGS RUN SH PROGS INITRD TIMEOUT QEMU OPTS
$(foreach v,$(QEMU_VARS),$(eval qemu debug judge exhaustive fuzz-policies: export PAGELAB_$v = \
    $$(if $$(filter command%,$$(origin $v)),$$(value $v))))
qemu debug gdb doctor: export CROSS := $(CROSS)
qemu debug gdb sweep: export PAGELAB_KERNEL := $K.elf

.PHONY: qemu debug gdb doctor help clean
qemu: $K.elf $B/initrd.cpio               ## boot to the prompt: PMM=name|path PROGS=dir MEM= SMP= RUN= SH= ARGS= SAN=
	@tools/qemu
debug: $K.elf $B/initrd.cpio              ## boot stopped, for gdb
	@tools/debug qemu
gdb: $K.elf                               ## gdb on what make debug started
	@tools/debug gdb
doctor:                                   ## each tool, its version, and whether it will do
	@tools/doctor

.PHONY: compile_commands.json
compile_commands.json:                    ## for clangd and other editors
	@sep='['; for f in $(filter %.c,$(KSRC)); do \
	    printf '%s\n{"directory": "%s", "file": "%s", "command": "%s -c %s"}' \
	        "$$sep" '$(CURDIR)' "$$f" '$(KCC) $(KFLAGS) $(KINCLUDE) $(KINC)' "$$f"; sep=,; \
	done >$@; printf '\n]\n' >>$@
	@echo "  $@: $$(grep -c '"file"' $@) files"

help:                                     ## this list
	@sed -n 's/^\([a-z.-]*\):[^#]*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 14

clean:                                    ## remove build/
	rm -rf build

-include $(KOBJ:.o=.d) $(GUEST_OBJ:.o=.d) $(USER_OBJ:.o=.d) $(USER_LIBS:.o=.d)
