/* archive.c - see archive.h. */
#include "archive.h"
#include "error.h"
#include "path.h"
#include "stdio.h"
#include "string.h"

/* The header: a magic number, then thirteen fields of eight hexadecimal digits. */
#define MAGIC      "070701"
#define MAGIC_LEN  6
#define FIELD_LEN  8
#define HEADER_LEN 110
#define ALIGN      4
#define TRAILER    "TRAILER!!!"
#define KIND       0170000u /* in the mode, as cpio has it */
#define KIND_FILE  0100000u
#define KIND_DIR   0040000u

enum field { MODE = 1, NLINK = 4, FILE_SIZE = 6, NAME_SIZE = 11 };

struct entry {
    uint32_t mode, nlink, size;
    const char *name; /* ends within the archive */
    const uint8_t *bytes;
    size_t next; /* where the next one starts */
};

static bool
read_field(const char *header, enum field field, uint32_t *value) {
    *value = 0;
    for (size_t i = 0; i < FIELD_LEN; i++) {
        char c = header[MAGIC_LEN + (size_t)field * FIELD_LEN + i];
        char lower = (char)(c | 0x20);
        if (c >= '0' && c <= '9') {
            *value = *value << 4 | (uint32_t)(c - '0');
        } else if (lower >= 'a' && lower <= 'f') {
            *value = *value << 4 | (uint32_t)(lower - 'a' + 10);
        } else {
            return false;
        }
    }
    return true;
}

/* The entry at `at` <= size; NULL, or what is wrong. */
static const char *
read_entry(const char *archive, size_t size, size_t at, struct entry *entry) {
    const char *header = archive + at;
    uint32_t name_size;
    if (size - at < HEADER_LEN) {
        return "it ends before its trailer";
    }
    if (memcmp(header, MAGIC, MAGIC_LEN) != 0) {
        return "not a header of cpio newc";
    }
    if (!read_field(header, MODE, &entry->mode) || !read_field(header, NLINK, &entry->nlink) ||
        !read_field(header, FILE_SIZE, &entry->size) ||
        !read_field(header, NAME_SIZE, &name_size)) {
        return "a field is not hexadecimal";
    }
    if (name_size < 2 || name_size > PATH_MAX_LEN + 1 || name_size > size - at - HEADER_LEN) {
        return "the length of the name cannot be";
    }
    if (strnlen(header + HEADER_LEN, name_size) != name_size - 1) {
        return "the name does not end where it should";
    }
    entry->name = header + HEADER_LEN;
    size_t bytes = ROUNDUP(at + HEADER_LEN + name_size, ALIGN);
    if (bytes > size || entry->size > size - bytes) {
        return "the contents reach beyond the end";
    }
    entry->bytes = (const uint8_t *)archive + bytes;
    entry->next = ROUNDUP(bytes + entry->size, ALIGN);
    return NULL;
}

/* The directory that the names from `path` up to `end` lead to, made where it is missing. */
static const char *
add_directories(const char *path, const char *end, struct node **dir) {
    *dir = &fs_root;
    while (path < end) {
        size_t length = (size_t)(strfind(path, '/') - path);
        struct node *child = node_child(*dir, path, length);
        if (child == NULL) {
            child = node_add(*dir, &fixed_dir_ops, path, length);
        }
        if (child == NULL) {
            return "memory ran out";
        }
        if (!node_is(child, S_IFDIR)) {
            return "it is below what is no directory";
        }
        *dir = child;
        path += length + (path[length] == '/');
    }
    return NULL;
}

static long
archive_read(struct node *node, size_t offset, void *to, size_t n) {
    if (offset >= node->size) {
        return 0;
    }
    n = n < node->size - offset ? n : node->size - offset;
    memcpy(to, node->bytes + offset, n);
    return (long)n;
}

static const struct node_ops archive_file_ops = {.mode = S_IFREG, .read = archive_read};

static const char *
add_file(const struct entry *entry, struct node *dir, const char *name) {
    if (node_child(dir, name, strlen(name)) != NULL) {
        return "there is one of that name already";
    }
    if (entry->nlink > 1 && entry->size == 0) {
        return "a hard link without contents";
    }
    struct node *file = node_add(dir, &archive_file_ops, name, strlen(name));
    if (file == NULL) {
        return "memory ran out";
    }
    file->size = entry->size;
    file->bytes = entry->bytes;
    return NULL;
}

/* Whether these are names with a slash between each two, none of them `.` or `..`. */
static bool
plain_names(const char *path) {
    for (;;) {
        size_t length = (size_t)(strfind(path, '/') - path);
        bool dots = strncmp(path, "..", length) == 0; /* or nothing */
        if (dots || length > NAME_MAX_LEN) {
            return false;
        }
        if (path[length] == '\0') {
            return true;
        }
        path += length + 1;
    }
}

static const char *
add_entry(const struct entry *entry) {
    const char *path = entry->name, *end = path + strlen(path);
    bool is_dir = (entry->mode & KIND) == KIND_DIR;
    if (!is_dir && (entry->mode & KIND) != KIND_FILE) {
        return "it is neither file nor directory";
    }
    if (is_dir && strcmp(path, ".") == 0) {
        return NULL;
    }
    path += strncmp(path, "./", 2) == 0 ? 2 : path[0] == '/';
    if (!plain_names(path)) {
        return "it is no path of plain names";
    }
    const char *name = end;
    while (!is_dir && name > path && name[-1] != '/') {
        name--;
    }
    struct node *dir;
    const char *wrong = add_directories(path, name, &dir);
    return wrong != NULL || is_dir ? wrong : add_file(entry, dir, name);
}

/* As text that does nothing to a terminal, whatever the name is. */
static const char *
explain(size_t n, size_t at, const char *name, const char *wrong) {
    static char text[160];
    snprintf(text, sizeof(text), "entry %zu at byte %zu, \"%.60s\": %s", n, at, name, wrong);
    for (char *c = text; *c != '\0'; c++) {
        *c = *c >= ' ' && *c <= '~' ? *c : '?';
    }
    return text;
}

const char *
archive_add(const void *archive, size_t size) {
    size_t at = 0;
    for (size_t n = 1;; n++) {
        struct entry entry = {.name = "?"};
        const char *wrong = read_entry(archive, size, at, &entry);
        if (wrong == NULL && strcmp(entry.name, TRAILER) == 0) {
            return NULL;
        }
        wrong = wrong != NULL ? wrong : add_entry(&entry);
        if (wrong != NULL) {
            return explain(n, at, entry.name, wrong);
        }
        at = entry.next < size ? entry.next : size;
    }
}
