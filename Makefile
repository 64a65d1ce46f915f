# pagelab - every target; `make help` lists them. Sources are listed by folder, rules by pattern.

CROSS ?= riscv64-unknown-elf-
B     := build

WARN := -Wall -Wextra -Werror -Wshadow -Wundef -Wstrict-prototypes -Wmissing-prototypes \
        -Wvla -Wconversion -Wno-sign-conversion -Wimplicit-fallthrough

# ---- the kernel ------------------------------------------------------------------------------

KCC      := $(CROSS)gcc
KOBJCOPY := $(CROSS)objcopy
KNM      := $(CROSS)nm

KDIRS    := init mm driver trap debug sync libs
POLICIES := $(wildcard kern/mm/*_pmm.c)
KSRC     := $(wildcard $(KDIRS:%=kern/%/*.c)) $(wildcard $(KDIRS:%=kern/%/*.S)) $(wildcard libs/*.c)
KOBJ     := $(addprefix $B/kernel/,$(addsuffix .o,$(basename $(KSRC))))

# Policies see libs and kern/mm only.
POLICY_INC := -iquote libs -iquote kern/mm
KINC       := $(POLICY_INC) $(patsubst %,-iquote kern/%,driver trap debug sync init libs)

KFLAGS := -std=c11 -g -O2 $(WARN) -ffreestanding -fno-builtin -nostdinc -fno-common -fno-pic \
          -fno-omit-frame-pointer -fno-stack-protector -fno-asynchronous-unwind-tables \
          -misa-spec=2.2 -march=rv64imac -mabi=lp64 -mcmodel=medany -MMD -MP

# ---- the host --------------------------------------------------------------------------------

HOSTCC_gcc   := gcc
HOSTCC_clang := clang
HFLAGS := -std=c11 -g -O1 $(WARN) -fsanitize=address,undefined -fno-sanitize-recover=all \
          -fno-omit-frame-pointer

HOST_TESTS := $(basename $(notdir $(wildcard tests/host/test_*.c)))
HOST_INC   := -iquote tests/host $(patsubst %,-iquote %,libs kern/mm kern/driver kern/sync kern/init)
# The sources each host test is linked with; keep one line a test.
USES_test_list      :=
USES_test_string    :=
USES_test_printfmt  :=
USES_test_dtb       := kern/driver/dtb.c kern/driver/dtb_nodes.c
USES_test_dtb_hostile := kern/driver/dtb.c kern/driver/dtb_nodes.c
USES_test_memranges := kern/mm/memranges.c
USES_test_page_map  := kern/mm/page_map.c
USES_test_pmm       := kern/mm/pmm.c kern/mm/pmm_audit.c kern/mm/page_map.c $(POLICIES)
USES_test_buddy     := kern/mm/buddy_system_pmm.c
USES_test_bootargs  := kern/init/bootargs.c libs/string.c

# V=1 shows the commands, else each is one line.
Q   := $(if $V,,@)
run  = $(if $V,,@echo "  $1"; )

.DELETE_ON_ERROR:
.SECONDEXPANSION:
.PHONY: all clean
all: $B/kernel.elf

KINCLUDE := -isystem $(shell $(KCC) -print-file-name=include)

$B/kernel/%_pmm.o: %_pmm.c
	@mkdir -p $(@D)
	$(call run,CC $<)$(KCC) $(KFLAGS) $(KINCLUDE) $(POLICY_INC) -c $< -o $@
$B/kernel/%.o: %.c
	@mkdir -p $(@D)
	$(call run,CC $<)$(KCC) $(KFLAGS) $(KINCLUDE) $(KINC) -c $< -o $@
$B/kernel/%.o: %.S
	@mkdir -p $(@D)
	$(call run,CC $<)$(KCC) $(KFLAGS) $(KINCLUDE) $(KINC) -c $< -o $@

# Linked twice: the table of function names is made from the first, and follows the code.
KLINK := $(KCC) -nostdlib -static -no-pie -march=rv64imac -misa-spec=2.2 -mabi=lp64 \
         -Wl,--build-id=none -Wl,-z,max-page-size=4096 -T tools/kernel.ld

$B/kernel.elf: $(KOBJ) tools/kernel.ld tools/ksyms.awk
	$Q: | awk -f tools/ksyms.awk >$B/kernel/nosyms.S
	$(call run,LD $@)$(KLINK) $(KOBJ) $B/kernel/nosyms.S -o $B/kernel/nosyms.elf
	$Q$(KNM) -n $B/kernel/nosyms.elf | awk -f tools/ksyms.awk >$B/kernel/syms.S
	$Q$(KLINK) $(KOBJ) $B/kernel/syms.S -o $@

# One program a test and compiler: build/host/gcc/test_list ...
$B/host/gcc/%: tests/host/%.c $$(USES_%) $$(wildcard tests/host/*.h libs/*.h kern/mm/*.h kern/driver/*.h)
	@mkdir -p $(@D)
	$(call run,CC $@)$(HOSTCC_gcc) $(HFLAGS) $(HOST_INC) $< $(USES_$*) -lcmocka -o $@
$B/host/clang/%: tests/host/%.c $$(USES_%) $$(wildcard tests/host/*.h libs/*.h kern/mm/*.h kern/driver/*.h)
	@mkdir -p $(@D)
	$(call run,CC $@)$(HOSTCC_clang) $(HFLAGS) $(HOST_INC) $< $(USES_$*) -lcmocka -o $@

clean:
	rm -rf $B

-include $(KOBJ:.o=.d)
