/*
 * fuzz_archive.c - kern/fs/archive.c under libFuzzer.
 *
 * An input is an archive as it is, or a recipe for one: how much is cut off, entries of three
 * bytes (kind, name, size), then two bytes for each that is changed (where, what). Whatever it
 * says, reading stays inside it, what is refused leaves nothing, and what is taken is a tree whose
 * files are in the archive and are found by their paths.
 */
#include "host_test.h"

#include "cpio_builder.h"
#include "file.h"
#include "fs_env.h"

#define must(right, ...) ((right) ? (void)0 : panic(__VA_ARGS__))

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* ---- recipes --------------------------------------------------------------------------------- */

enum { NAMES_END = 0xff, KINDS = 4 };

static const char *const names[] = {
    "a",      "b",     "a/b",      "a/c/d",      "./a", "/e", ".",  "..",
    "a/../b", "a//b",  "tmp/f",    "dev/null",   "tmp", "f/", "//", "dev/console/x",
    "...",    "a/...", "TRAILER!", "TRAILER!!!",
};

static const unsigned kinds[KINDS] = {CPIO_FILE, CPIO_DIR, CPIO_LINK, CPIO_FILE};

static struct cpio c;

static void
cook(const uint8_t *data, size_t size) {
    static const uint8_t contents[256] = "of a file";
    c.n = 0;
    while (size >= 3 && data[0] != NAMES_END && c.n < sizeof(c.bytes) / 2) {
        unsigned kind = data[0] % KINDS;
        cpio_add(&c, kinds[kind], kind == 3 ? 2 : 1, names[data[1] % ARRAY_SIZE(names)], contents,
                 kinds[kind] == CPIO_FILE ? data[2] : 0);
        data += 3, size -= 3;
    }
    cpio_end(&c);
    for (data++; size >= 3; data += 2, size -= 2) {
        c.bytes[(data[0] * 7u) % c.n] = (char)data[1];
    }
}

/* ---- what must hold -------------------------------------------------------------------------- */

static size_t
check_tree(struct node *dir, const char *archive, size_t size) {
    size_t n = 0;
    list_for_each (le, &dir->children) {
        struct node *node = to_struct(le, struct node, sibling), *found;
        const char *path = node->name;
        must(*path != '\0' && strchr(path, '/') == NULL && strlen(path) <= NAME_MAX_LEN,
             "there is a file called '%s'", path);
        must(path_node(dir, path, &found) == 0 && found == node, "'%s' is not found", path);
        must(node->parent == dir && node->linked, "'%s' is elsewhere", path);
        if (node_is(node, S_IFREG)) {
            const char *bytes = (const char *)node->bytes;
            must(bytes >= archive && node->size <= size &&
                     (size_t)(bytes - archive) <= size - node->size,
                 "'%s' is not in the archive", path);
            char *copy = malloc(node->size + 1);
            must(node_read(node, 0, copy, node->size + 1) == (long)node->size &&
                     memcmp(copy, bytes, node->size) == 0,
                 "'%s' cannot be read", path);
            free(copy);
        }
        n += 1 + check_tree(node, archive, size);
    }
    return n;
}

static void
check_text(const char *text) {
    must(strncmp(text, "entry ", 6) == 0 && strlen(text) < 200, "what is wrong: %s", text);
    for (; *text != '\0'; text++) {
        must(*text >= ' ' && *text <= '~', "an error has %#x in it", *text);
    }
}

static void
check_archive(const uint8_t *bytes, size_t size) {
    char *archive = host_copy(bytes, size);
    must(fs_init(NULL, 0) == NULL, "there is memory");
    size_t without = check_tree(&fs_root, archive, 0);
    node_unlink_all(&fs_root);
    const char *wrong = fs_init(archive, size);
    size_t with = check_tree(&fs_root, archive, size);
    must(wrong == NULL || with == without, "%zu are left of what was refused", with - without);
    if (wrong != NULL) {
        check_text(wrong);
    }
    node_unlink_all(&fs_root);
    must(live_heap == 0 && fs_root.refs == 1, "%zu objects are lost", live_heap);
    free(archive);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size > 1 && data[0] % 2 == 0) {
        cook(data + 1, size - 1);
        size_t cut = data[0] / 2; /* of the end: the trailer has 124 bytes */
        check_archive((const uint8_t *)c.bytes, c.n > cut ? c.n - cut : 0);
    } else {
        check_archive(data + (size > 0), size - (size > 0));
    }
    return 0;
}
