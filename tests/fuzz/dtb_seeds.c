/*
 * dtb_seeds.c - dtb_seeds FOLDER: device trees to start the fuzzer from, a file each.
 *
 * Together they have every property and every kind of node that the reader knows.
 */
#include "dtb_builder.h"

#include "machine.h"

static struct builder b;
static const char *folder;

static void
save(const char *name, uint32_t version) {
    char path[4096];
    size_t size;
    uint8_t *blob = tree_finish(&b, &size);
    set32(blob + AT_VERSION, version);
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    FILE *file = fopen(path, "wb");
    if (file == NULL || fwrite(blob, 1, size, file) != size || fclose(file) != 0) {
        perror(path);
        exit(1);
    }
    free(blob);
}

/* Empty nodes with this property, so that its name is among the strings. */
static void
name_all(void) {
    static const char *const names[] = {
        "reg",
        "status",
        "device_type",
        "compatible",
        "#address-cells",
        "#size-cells",
        "ranges",
        "bootargs",
        "linux,initrd-start",
        "linux,initrd-end",
        "timebase-frequency",
        "model",
    };
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        string_offset(&b, names[i]);
    }
}

static void
two_cells(void) {
    prop_words(&b, "#address-cells", WORDS(2));
    prop_words(&b, "#size-cells", WORDS(2));
}

static void
chosen(void) {
    node(&b, "chosen");
    prop_text(&b, "bootargs", "pmm=buddy_system run=off");
    prop_words(&b, "linux,initrd-start", WORDS(0x84000000));
    prop_words(&b, "linux,initrd-end", WORDS(0, 0x84001000));
    end(&b);
}

static void
cpus(void) {
    node(&b, "cpus");
    prop_words(&b, "#address-cells", WORDS(1));
    prop_words(&b, "#size-cells", WORDS(0));
    prop_words(&b, "timebase-frequency", WORDS(10000000));
    for (uint32_t i = 0; i < 3; i++) {
        node(&b, "cpu@0");
        prop_text(&b, "device_type", "cpu");
        prop_words(&b, "reg", WORDS(i));
        prop_text(&b, "status", i == 1 ? "disabled" : "okay");
        end(&b);
    }
    end(&b);
}

static void
reserved_memory(uint32_t children) {
    node(&b, "reserved-memory");
    two_cells();
    prop(&b, "ranges", NULL, 0);
    for (uint32_t i = 0; i < children; i++) {
        node(&b, "keep");
        prop_words(&b, "reg", WORDS(0, 0x80000000 + 0x10000 * i, 0, 0x1234));
        end(&b);
    }
    end(&b);
}

static void
devices(void) {
    node(&b, "soc");
    two_cells();
    prop(&b, "ranges", NULL, 0);
    node(&b, "test@100000");
    prop_words(&b, "reg", WORDS(0, 0x100000, 0, 0x1000));
    prop(&b, "compatible", "sifive,test1\0sifive,test0", 26);
    end(&b);
    end(&b);
}

/* A bit of everything. */
static void
seed_machine(uint32_t version, const char *name) {
    root(&b);
    name_all();
    prop_text(&b, "model", "virt");
    reservation(&b, 0x80001000, 0x1000);
    chosen();
    some_memory(&b);
    reserved_memory(2);
    cpus();
    devices();
    end(&b);
    save(name, version);
}

static void
seed_little(void) {
    root(&b);
    name_all();
    some_memory(&b);
    end(&b);
    save("little", 17);
}

/* Full sets, and more than that. */
static void
seed_many_ranges(void) {
    root(&b);
    name_all();
    for (uint32_t i = 0; i < MACHINE_RANGES + 4; i++) {
        node(&b, "memory");
        prop_words(&b, "reg", WORDS(0, 0x80000000 + 0x200000 * i, 0, 0x101800));
        end(&b);
    }
    reserved_memory(MACHINE_RANGES + 4);
    end(&b);
    save("many", 17);
}

/* The edges of the address space, and ranges that overlap. */
static void
seed_edges(void) {
    root(&b);
    name_all();
    node(&b, "memory@0");
    prop_words(&b, "reg",
               WORDS(0, 0, 0, 0x1800, 0, 0x1800, 0, 0x800, 0x3f, 0xc0000000, 0, 0x2000, 0xffffffff,
                     0xffffe000, 0, 0x1fff, 0xffffffff, 0xfffff000, 0, 0x2000, 0, 0x1000, 0x40, 0));
    end(&b);
    reservation(&b, 0xfffffffffffff000, 0x1000);
    reservation(&b, 0x5fff, 2);
    end(&b);
    save("edges", 17);
}

/* More nodes inside each other than the reader keeps. */
static void
seed_deep(void) {
    root(&b);
    name_all();
    for (int i = 0; i < 20; i++) {
        node(&b, "bus");
        prop_words(&b, "ranges", WORDS(i));
    }
    for (int i = 0; i < 20; i++) {
        end(&b);
    }
    some_memory(&b);
    end(&b);
    save("deep", 17);
}

static void
seed_long_bootargs(void) {
    char text[2 * MACHINE_BOOTARGS];
    memset(text, 'x', sizeof(text));
    root(&b);
    name_all();
    node(&b, "chosen");
    prop(&b, "bootargs", text, sizeof(text));
    end(&b);
    some_memory(&b);
    end(&b);
    save("bootargs", 17);
}

int
main(int argc, char **argv) {
    if (argc != 2) {
        fprintf(stderr, "usage: dtb_seeds FOLDER\n");
        return 2;
    }
    folder = argv[1];
    seed_machine(17, "machine");
    seed_machine(16, "version-16");
    seed_little();
    seed_many_ranges();
    seed_edges();
    seed_deep();
    seed_long_bootargs();
    return 0;
}
