/* execgarbage.c - files that are no programs: exec refuses them, or what comes of it ends. */
#include "elf.h"
#include "tool.h"

#define GARBAGE "/tmp/garbage"
#define ROOM    65536 /* bytes, more than a small program has */

static char original[ROOM], image[ROOM];
static size_t size;

/* The first bytes of `image` as a file, run by a child: its status, or the error of exec. */
static int
run(size_t bytes) {
    int fd = open(GARBAGE, O_WRONLY | O_CREAT | O_TRUNC);
    assert(fd >= 0 && write_all(fd, image, bytes) == 0 && close(fd) == 0);
    int pid = fork(), status = 0;
    if (pid == 0) {
        exit(exec(GARBAGE));
    }
    assert(pid > 0 && waitpid(pid, &status) == 0);
    return status;
}

static void
must_fail(const char *what, size_t bytes) {
    int status = run(bytes);
    if (status >= 0) {
        panic("%s: it ended with %d", what, status);
    }
}

/* The original with another number of `bytes` bytes at `offset`. */
static void
with(const char *field, size_t offset, uint64_t value, size_t bytes) {
    memcpy(image, original, size);
    memcpy(image + offset, &value, bytes);
    must_fail(field, size);
}

#define HEADER(field, value)                                                                       \
    with(#field, offsetof(struct elf_header, field), value, sizeof(((struct elf_header *)0)->field))
#define SEGMENT(field, value)                                                                      \
    with(#field, segment + offsetof(struct elf_program_header, field), value,                      \
         sizeof(((struct elf_program_header *)0)->field))

static void
hostile_headers(size_t segment) {
    static const uint64_t values[] = {0,
                                      1,
                                      0x7fffffff,
                                      0x80000000,
                                      0xffffffff,
                                      0xffffffffc0200000,
                                      0x7fffffffffffffff,
                                      0xffffffffffffffff};
    for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
        uint64_t value = values[i];
        HEADER(type, value == ELF_EXEC ? 0 : value);
        HEADER(machine, value);
        HEADER(entry, value);
        HEADER(phoff, value);
        HEADER(phentsize, value);
        SEGMENT(va, value);
        SEGMENT(filesz, value == 0 ? ~0ull : value);
    }
    HEADER(phnum, 0);
    HEADER(phnum, 0xffff);
    SEGMENT(flags, 0);
    SEGMENT(offset, ~0ull);
    SEGMENT(memsz, ~0ull);
}

int
main(void) {
    int fd = open("/bin/true", O_RDONLY), n = fd < 0 ? fd : read(fd, original, ROOM);
    if (n < 0) {
        return complain("/bin/true: %s", error_name(n));
    }
    close(fd);
    size = (size_t)n;
    struct elf_header header;
    memcpy(&header, original, sizeof(header));
    memcpy(image, original, size);
    assert(size < ROOM && run(size) == 0);
    for (size_t bytes = 0;
         bytes < sizeof(header) + header.phnum * sizeof(struct elf_program_header); bytes += 8) {
        must_fail("cut off", bytes);
    }
    hostile_headers(header.phoff);
    memset(image, 0x5a, ROOM);
    must_fail("no header", ROOM);
    unlink(GARBAGE);
    cprintf("execgarbage pass.\n");
    return 0;
}
