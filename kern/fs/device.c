/* device.c - see device.h. */
#include "device.h"
#include "error.h"
#include "stdio.h"
#include "string.h"
#include "tmpfs.h"
#include "zone.h"

static long
null_read(struct node *node, size_t offset, void *to, size_t n) {
    (void)node, (void)offset, (void)to, (void)n;
    return 0;
}

static long
zero_read(struct node *node, size_t offset, void *to, size_t n) {
    (void)node, (void)offset;
    memset(to, 0, n);
    return (long)n;
}

static long
null_write(struct node *node, size_t offset, const void *from, size_t n) {
    (void)node, (void)offset, (void)from;
    return (long)n;
}

static const struct node_ops null_ops = {.mode = S_IFCHR, .read = null_read, .write = null_write};
static const struct node_ops zero_ops = {.mode = S_IFCHR, .read = zero_read, .write = null_write};

/* ---- texts ----------------------------------------------------------------------------------- */

/* A text on its way into a file, collected to save calls. */
struct sink {
    struct node *file;
    bool full; /* memory ran out */
    size_t used;
    char bytes[128];
};

static void
sink_flush(struct sink *sink) {
    if (sink->used > 0 && !sink->full) {
        long n = tmpfs_file_ops.write(sink->file, sink->file->size, sink->bytes, sink->used);
        sink->full = n != (long)sink->used;
    }
    sink->used = 0;
}

static void
sink_putch(int c, void *arg) {
    struct sink *sink = arg;
    sink->bytes[sink->used++] = (char)c;
    if (sink->used == sizeof(sink->bytes)) {
        sink_flush(sink);
    }
}

/* Readers see one state of things, however many calls they take. */
static int
text_open(struct node **node) {
    struct sink sink = {.file = node_create(&tmpfs_file_ops, "", 0)};
    if (sink.file == NULL) {
        return -E_NO_MEM;
    }
    (*node)->text(sink_putch, &sink);
    sink_flush(&sink);
    if (sink.full) {
        node_put(sink.file);
        return -E_NO_MEM;
    }
    *node = sink.file;
    return 0;
}

const struct node_ops text_ops = {.mode = S_IFCHR, .read = null_read, .open = text_open};

static void
meminfo(putch_t putch, void *arg) {
    struct zone_stat s;
    zone_stat(&s);
    printfmt(putch, arg, "policy %s\n", pmm_manager->name);
    printfmt(putch, arg, "managed %zu\nfree %zu\nrequested %zu\ngranted %zu\noverhead %zu\n",
             s.managed, s.free, s.requested, s.granted, s.overhead);
    printfmt(putch, arg, "peak %zu\ngrants %llu\nrefused %llu\nfrees %llu\n", s.peak,
             (unsigned long long)s.grants, (unsigned long long)s.refused,
             (unsigned long long)s.frees);
}

static void
buddyinfo(putch_t putch, void *arg) {
    struct free_summary s;
    pmm_free_summary(&s);
    printfmt(putch, arg, "blocks %zu\npages %zu\nlargest %zu\n", s.blocks, s.pages, s.largest);
    for (size_t order = 0; order < FREE_ORDERS; order++) {
        if (s.order_blocks[order] > 0) {
            printfmt(putch, arg, "order %zu blocks %zu pages %zu\n", order, s.order_blocks[order],
                     s.order_pages[order]);
        }
    }
}

int
devices_add(struct node *dev) {
    static const struct {
        const char *name;
        const struct node_ops *ops;
        void (*text)(putch_t putch, void *arg);
    } devices[] = {
        {"null", &null_ops, NULL},
        {"zero", &zero_ops, NULL},
        {"meminfo", &text_ops, meminfo},
        {"buddyinfo", &text_ops, buddyinfo},
    };
    for (size_t i = 0; i < ARRAY_SIZE(devices); i++) {
        struct node *node = node_add(dev, devices[i].ops, devices[i].name, strlen(devices[i].name));
        if (node == NULL) {
            return -E_NO_MEM;
        }
        node->text = devices[i].text;
    }
    return 0;
}
