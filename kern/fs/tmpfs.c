/* tmpfs.c - see tmpfs.h. */
#include "tmpfs.h"
#include "error.h"
#include "kmalloc.h"
#include "string.h"
#include "zone.h"

#define FIRST_ROOM 2 /* entries of a file's table of pages; it doubles when it is full */

static list_entry_t filled = {&filled, &filled}; /* the files with room, by whatever name or none */

static struct Page *
page_at(const struct node *file, size_t i) {
    return i < file->room ? file->pages[i] : NULL;
}

static long
tmpfs_read(struct node *file, size_t offset, void *to, size_t n) {
    if (offset >= file->size) {
        return 0;
    }
    n = n < file->size - offset ? n : file->size - offset;
    for (size_t done = 0; done < n;) {
        size_t start = (offset + done) % PGSIZE;
        size_t part = n - done < PGSIZE - start ? n - done : PGSIZE - start;
        const struct Page *page = page_at(file, (offset + done) / PGSIZE);
        if (page == NULL) {
            memset((char *)to + done, 0, part);
        } else {
            memcpy((char *)to + done, (char *)page2kva(page) + start, part);
        }
        done += part;
    }
    return (long)n;
}

/* Make the table long enough for page number `i`. */
static bool
make_room(struct node *file, size_t i) {
    size_t room = file->room == 0 ? FIRST_ROOM : file->room;
    while (room <= i) {
        room *= 2;
    }
    if (room == file->room) {
        return true;
    }
    struct Page **table = kmalloc(room * sizeof(*table));
    if (table == NULL) {
        return false;
    }
    memset(table, 0, room * sizeof(*table));
    if (file->room == 0) {
        list_add_before(&filled, &file->filled);
    } else {
        memcpy(table, file->pages, file->room * sizeof(*table));
        kfree(file->pages);
    }
    file->pages = table;
    file->room = room;
    return true;
}

/* Else files could take what somebody needs to unlink them. A text of a device is no such file. */
static bool
leaves_enough(const struct node *file) {
    struct zone_stat stat;
    zone_stat(&stat);
    return file->parent == NULL || stat.free > stat.managed / TMPFS_RESERVE;
}

/* The page of that number, of zeroes if it is new; NULL: memory ran out. */
static struct Page *
page_to_write(struct node *file, size_t i) {
    struct Page *page = page_at(file, i);
    if (page != NULL || !leaves_enough(file) || !make_room(file, i)) {
        return page;
    }
    page = alloc_page();
    if (page != NULL) {
        memset(page2kva(page), 0, PGSIZE);
        file->pages[i] = page;
    }
    return page;
}

static long
tmpfs_write(struct node *file, size_t offset, const void *from, size_t n) {
    if (offset >= TMPFS_MAX_SIZE) {
        return -E_TOO_BIG;
    }
    n = n < TMPFS_MAX_SIZE - offset ? n : TMPFS_MAX_SIZE - offset;
    size_t done = 0;
    while (done < n) {
        size_t start = (offset + done) % PGSIZE;
        size_t part = n - done < PGSIZE - start ? n - done : PGSIZE - start;
        struct Page *page = page_to_write(file, (offset + done) / PGSIZE);
        if (page == NULL) {
            break;
        }
        memcpy((char *)page2kva(page) + start, (const char *)from + done, part);
        done += part;
    }
    if (done == 0) {
        return -E_NO_MEM;
    }
    file->size = file->size > offset + done ? file->size : offset + done;
    return (long)done;
}

size_t
tmpfs_pages(const struct node *file) {
    size_t n = 0;
    for (size_t i = 0; i < file->room; i++) {
        n += file->pages[i] != NULL;
    }
    return n;
}

void
tmpfs_for_each_page(void (*visit)(const struct Page *page, void *arg), void *arg) {
    list_for_each (le, &filled) {
        const struct node *file = to_struct(le, struct node, filled);
        for (size_t i = 0; i < file->room; i++) {
            if (file->pages[i] != NULL) {
                visit(file->pages[i], arg);
            }
        }
    }
}

static void
tmpfs_truncate(struct node *file) {
    if (file->room > 0) {
        list_del(&file->filled);
    }
    for (size_t i = 0; i < file->room; i++) {
        if (file->pages[i] != NULL) {
            free_page(file->pages[i]);
        }
    }
    kfree(file->pages);
    file->pages = NULL;
    file->room = file->size = 0;
}

const struct node_ops tmpfs_dir_ops = {.mode = S_IFDIR, .entries_change = true};

const struct node_ops tmpfs_file_ops = {
    .mode = S_IFREG,
    .read = tmpfs_read,
    .write = tmpfs_write,
    .truncate = tmpfs_truncate,
    .release = tmpfs_truncate,
};
