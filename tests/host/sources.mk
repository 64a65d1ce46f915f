# sources.mk - what each host test is linked with, and a folder it includes before the others.
USES_test_list      :=
USES_test_bits      :=
USES_test_string    :=
USES_test_printfmt  :=
USES_test_dtb       := kern/driver/dtb.c kern/driver/dtb_nodes.c
USES_test_dtb_nodes   := kern/driver/dtb.c kern/driver/dtb_nodes.c
USES_test_dtb_odd     := kern/driver/dtb.c kern/driver/dtb_nodes.c
USES_test_dtb_hostile := kern/driver/dtb.c kern/driver/dtb_nodes.c
USES_test_memranges := kern/mm/memranges.c
USES_test_page_map  := kern/mm/page_map.c
INC_test_page_map   := -DPAGE_CHUNK=32
USES_test_pmm       := $(FACADE)
USES_test_pmm_wrong := $(USES_test_pmm)
USES_test_workload_ends := kern/mm/workload.c kern/mm/workload_ends.c $(USES_test_pmm)
USES_test_poison    := $(filter-out %page_list_buddy_pmm.c,$(USES_test_pmm)) kern/san/address/poison.c \
                       tests/host/poison/page_list_buddy.c
INC_test_poison     := -iquote kern/san/address -DPOISON_FRAMES=40
USES_test_next_fit  := kern/mm/next_fit_pmm.c
USES_test_worst_fit := kern/mm/worst_fit_pmm.c
USES_test_window    := $(USES_test_pmm)
INC_test_window     := -DPAGE_CHUNK=16
USES_test_lazy      := $(USES_test_pmm)
INC_test_lazy       := -DPAGE_CHUNK=16
USES_test_audit     := $(USES_test_pmm)
USES_test_zone      := $(USES_test_pmm)
USES_test_dump      := $(USES_test_pmm)
USES_test_block_list :=
USES_test_block_index :=
USES_test_indexed := $(filter %default_pmm.c %best_fit_pmm.c %indexed_pmm.c,$(POLICIES)) tests/host/indexed/long.c
USES_test_policies  := $(USES_test_pmm)
USES_test_front_cache := kern/mm/front_cache.c $(USES_test_pmm)
INC_test_front_cache  := -iquote tests/host/harts -DFRONT_CACHE_PAGES=5
USES_test_front_cache_over := $(USES_test_front_cache)
INC_test_front_cache_over  := $(INC_test_front_cache)
USES_test_bitmap_buddy := kern/mm/bitmap_buddy_pmm.c
USES_test_bitmap_exact := kern/mm/bitmap_exact_pmm.c
USES_test_buddy     := kern/mm/buddy_system_pmm.c
USES_test_page_list_buddy := kern/mm/page_list_buddy_pmm.c $(wildcard tests/host/page_list/*.c)
USES_test_page_list_memory := $(USES_test_page_list_buddy)
USES_test_page_table := kern/mm/page_table.c
USES_test_kernel_map := kern/mm/kernel_map.c kern/mm/page_table.c kern/mm/print_pgdir.c
USES_test_check_pgdir := kern/mm/check_pgdir.c kern/mm/kernel_map.c kern/mm/page_table.c
USES_test_avl := libs/avl.c
USES_test_vmm := $(patsubst %,kern/mm/%.c,vmm pgfault vma page_table slab fail check_vmm) libs/avl.c
USES_test_load := kern/process/load.c $(patsubst %,kern/mm/%.c,vmm pgfault vma page_table slab fail) libs/avl.c
INC_test_load  := -iquote kern/process
USES_test_slab := kern/mm/slab.c kern/mm/kmalloc.c kern/mm/check_slab.c $(USES_test_pmm)
USES_test_fail := $(USES_test_slab) kern/mm/check_sweep.c
USES_test_small_cache := kern/mm/slab.c kern/mm/fail.c
USES_test_redzone := $(USES_test_slab) $(wildcard kern/san/address/*.c)
INC_test_redzone  := -iquote kern/san/address
USES_test_cpio        := $(wildcard kern/fs/*.c)
USES_test_fs          := $(USES_test_cpio)
USES_test_fs_contents := $(USES_test_cpio)
USES_test_fs_devices  := $(USES_test_cpio)
USES_test_sh := user/sh/parse.c user/sh/edit.c user/sh/complete.c libs/string.c
INC_test_sh  := -iquote user/sh
USES_test_workloads := kern/mm/workload.c kern/mm/workload_ends.c tests/bench/fragments.c
INC_test_workloads  := -iquote tests/bench
USES_test_bootargs  := kern/init/bootargs.c libs/string.c
