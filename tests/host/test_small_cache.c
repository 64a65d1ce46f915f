/*
 * test_small_cache.c - kern/mm/slab.c: every call in every state that a small cache can be in.
 *
 * Of a cache with two or three objects a slab, on a memory of PAGES pages, what
 * its bytes and those of its slabs hold takes finitely many values. From the
 * first state on, every call is made in each state that a call leads to, until
 * there are no others: that is every sequence of calls, of any length. Behind each
 * of them, what slab.h promises, C1-C5 among it, is read by code of the test; and
 * what is free cannot be freed. A failure is told with a shortest sequence.
 *
 * `make exhaustive` takes a page more.
 */
#include "host_env.h"

#include "small_cache.h"

/* A state, the one that it was first reached from, and by which call. */
struct found {
    struct state state;
    size_t from;
    unsigned what;
};

static struct found *found;
static size_t nfound, room;
static size_t *places; /* 2 * room: by a hash, 1 + the place of a state in `found` */

static size_t
hash(const struct state *s) {
    uint64_t h = 1;
    for (size_t i = 0; i < sizeof(*s) / sizeof(h); i++) {
        uint64_t word;
        memcpy(&word, (const uint8_t *)s + i * sizeof(word), sizeof(word));
        h = (h ^ word) * 0x9e3779b97f4a7c15;
        h ^= h >> 29;
    }
    return h;
}

static size_t *
place_of(const struct state *s) {
    size_t i = hash(s) % (2 * room);
    while (places[i] != 0 && memcmp(&found[places[i] - 1].state, s, sizeof(*s)) != 0) {
        i = (i + 1) % (2 * room);
    }
    return &places[i];
}

static void
make_room(void) {
    room = room == 0 ? 1024 : 2 * room;
    free(places);
    found = realloc(found, room * sizeof(*found));
    places = calloc(2 * room, sizeof(*places));
    assert_true(found != NULL && places != NULL);
    for (size_t i = 0; i < nfound; i++) {
        *place_of(&found[i].state) = i + 1;
    }
}

/* The state that there is now, unless it was found before. */
static void
note_state(size_t from, unsigned what) {
    if (nfound == room) {
        make_room();
    }
    struct found *next = &found[nfound];
    save(&next->state);
    size_t *place = place_of(&next->state);
    if (*place == 0) {
        next->from = from;
        next->what = what;
        *place = ++nfound;
    }
}

static void
print_call(unsigned what) {
    static const char *const names[] = {"kmem_cache_alloc", "kmem_cache_alloc_for",
                                        "kmem_cache_alloc, and there is no page",
                                        "kmem_cache_shrink", "kmem_cache_destroy"};
    if (what < FREE) {
        print_error("    %s\n", names[what]);
    } else {
        print_error("    %s: page %zu, object %zu\n",
                    (what - FREE) % 2 == 0 ? "kfree" : "kmem_cache_free", page_of(what),
                    object_of(what));
    }
}

/* The calls that lead to the i-th state. */
static void
print_way(size_t i) {
    if (i != 0) {
        print_way(found[i].from);
        print_call(found[i].what);
    }
}

static bool
panics(unsigned what) {
    panic_armed = true;
    if (setjmp(panic_jmp) == 0) {
        call(what);
        panic_armed = false;
        return false;
    }
    return true;
}

/* The call in the i-th state, with interrupts on or off. What is free cannot be freed. */
static void
try(size_t i, unsigned what) {
    restore(&found[i].state);
    host_intr_on = i % 2 == 0;
    if (what >= FREE && !granted[page_of(what)]) {
        return;
    }
    bool twice = what >= FREE && !used[page_of(what)][object_of(what)];
    bool panicked = panics(what);
    if (panicked != twice || (twice && strncmp(panic_text, "double free of ", 15) != 0)) {
        restore(&found[i].state);
        print_way(i);
        print_call(what);
        fail_msg("%s", panicked ? panic_text : "the double free goes unnoticed");
    }
    if (!panicked) {
        note_state(i, what);
    }
}

/* Its own page is the last one: nothing else is free when it is asked for. */
static void
make_cache(size_t size) {
    va_pa_offset = (uintptr_t)contents - (nbase << PGSHIFT);
    slab_init();
    memory_ran_out = false;
    memset(granted, true, PAGES);
    granted[PAGES] = false;
    cache = kmem_cache_create("small", size);
    memset(granted, false, PAGES);
    memset(used, false, sizeof(used));
}

static void
search(unsigned objects) {
    nfound = room = 0;
    make_cache(SLAB_ROOM / objects / SLAB_ALIGN * SLAB_ALIGN);
    assert_int_equal(cache->objects, objects);
    note_state(0, 0);
    for (size_t i = 0; i < nfound; i++) {
        for (unsigned what = 0; what < FREE + 2 * PAGES * objects; what++) {
            try(i, what);
        }
    }
    print_message("%zu states\n", nfound);
}

static void
every_call_in_every_state_of_a_cache_with_two_objects_a_slab_is_right(void **state) {
    (void)state;
    search(2);
    assert_true(nfound > 600);
}

static void
every_call_in_every_state_of_a_cache_with_three_objects_a_slab_is_right(void **state) {
    (void)state;
    search(3);
    assert_true(nfound > 25000);
}

int
main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_call_in_every_state_of_a_cache_with_two_objects_a_slab_is_right),
        cmocka_unit_test(every_call_in_every_state_of_a_cache_with_three_objects_a_slab_is_right),
    };
    return host_test_main("small_cache", tests, ARRAY_SIZE(tests), argc, argv);
}
