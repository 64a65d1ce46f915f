/* address.c - wrong uses of pages, one for each name, for a kernel built to notice. */
#include "kmalloc.h"
#include "monitor.h"
#include "planted.h"
#include "stdio.h"
#include "string.h"
#include "zone.h"

static void
write_to(struct Page *page, size_t offset) {
    ((volatile uint8_t *)page2kva(page))[offset] = 42;
}

static unsigned
read_from(struct Page *page, size_t offset) {
    return ((volatile uint8_t *)page2kva(page))[offset];
}

__attribute__((noinline)) static struct Page *
freed_page(void) {
    struct Page *page = alloc_page();
    free_page(page);
    return page;
}

__attribute__((noinline)) static uint8_t *
taken_object(void) {
    uint8_t *volatile object = kmalloc(60);
    return object;
}

__attribute__((noinline)) static void
free_object(uint8_t *object) {
    kfree(object);
    __asm__ volatile("" ::: "memory"); /* no tail call: it is the caller */
}

void
planted(const char *what) {
    if (strcmp(what, "read") == 0) {
        struct Page *page = alloc_page();
        cprintf("planted: granted %#x", read_from(page, 4095));
        write_to(page, 4095);
        free_page(page);
        cprintf(", freed %#x\n", read_from(page, 4095));
    } else if (strcmp(what, "write") == 0) {
        write_to(freed_page(), 100);
        while (alloc_page() != NULL) {
        }
    } else if (strcmp(what, "audit") == 0) {
        write_to(freed_page(), 4095);
        cprintf("planted: %s\n", pmm_audit());
    } else if (strcmp(what, "slack") == 0) {
        struct Page *page = alloc_pages(5);
        write_to(page + 5, 0);
        free_pages(page, 5);
        cprintf("planted: %s\n", pmm_audit());
    } else if (strcmp(what, "overflow") == 0) {
        uint8_t *object = taken_object();
        object[64] = 42;
        free_object(object);
    } else if (strcmp(what, "double") == 0) {
        uint8_t *object = taken_object();
        free_object(object);
        free_object(object);
    } else if (strcmp(what, "owners") == 0) {
        struct kmem_cache *cache = kmem_cache_create("kept", 100);
        uint8_t *volatile kept[] = {kmem_cache_alloc(cache), taken_object(), taken_object()};
        cprintf("planted: destroyed with %d\n", kmem_cache_destroy(cache));
        monitor_slab_commands[0].run((char *[]){"slab", NULL});
        kfree(kept[0]);
        kfree(kept[1]);
        kfree(kept[2]);
        monitor_slab_commands[0].run((char *[]){"slab", NULL});
    }
}
