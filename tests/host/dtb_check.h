/* dtb_check.h - reads trees in tests, and checks what every answer must keep. */
#ifndef TESTS_DTB_CHECK_H
#define TESTS_DTB_CHECK_H

#include "dtb_builder.h"

#include "dtb.h"

#define TREE_PA 0x87e00000

static inline void
assert_printable(const char *text, size_t room) {
    assert_non_null(memchr(text, '\0', room));
    for (; *text != '\0'; text++) {
        assert_true(*text >= ' ' && *text <= '~');
    }
}

static inline void
assert_ranges_sound(const struct ranges *set) {
    assert_true(set->n <= MACHINE_RANGES);
    for (size_t i = 0; i < set->n; i++) {
        assert_true(set->r[i].base < set->r[i].end);
    }
}

/* True for whatever tree `m` comes from, and whether it could be used or not. */
static inline void
assert_machine_sound(const struct machine *m) {
    assert_ranges_sound(&m->memory);
    assert_ranges_sound(&m->reserved);
    assert_true(m->initrd.base <= m->initrd.end);
    assert_printable(m->model, sizeof(m->model));
    assert_printable(m->bootargs, sizeof(m->bootargs));
    for (size_t i = 0; i < MACHINE_WARNINGS; i++) {
        assert_printable(m->warnings[i], sizeof(m->warnings[i]));
        assert_int_equal(m->warnings[i][0] != '\0', i < m->nwarnings);
    }
}

/* dtb_read from a copy of exactly this size. */
static inline const char *
read_copy(const uint8_t *blob, size_t size, struct machine *m) {
    void *copy = host_copy(blob, size);
    const char *why = dtb_read(copy, size, TREE_PA, m);
    free(copy);
    assert_machine_sound(m);
    if (why != NULL) {
        assert_printable(why, 200);
        assert_true(strlen(why) > 20);
    }
    return why;
}

/* Close the root, read the tree, and expect it to be usable. */
static inline void
read_good(struct builder *b, struct machine *m) {
    size_t size;
    end(b);
    uint8_t *blob = tree_finish(b, &size);
    const char *why = read_copy(blob, size, m);
    free(blob);
    if (why != NULL) {
        fail_msg("%s", why);
    }
}

/* Finish the tree as it stands, and expect a complaint with `text` in it. */
static inline void
read_bad(struct builder *b, const char *text) {
    struct machine m;
    size_t size;
    uint8_t *blob = tree_finish(b, &size);
    const char *why = read_copy(blob, size, &m);
    free(blob);
    assert_non_null(why);
    if (strstr(why, text) == NULL) {
        fail_msg("the complaint is '%s', not '%s'", why, text);
    }
}

static inline void
assert_range(const struct range *r, uint64_t base, uint64_t end) {
    assert_int_equal(r->base, base);
    assert_int_equal(r->end, end);
}

/* Exactly one thing was passed over, and its line has `text` in it. */
static inline void
assert_warns(const struct machine *m, const char *text) {
    assert_int_equal(m->nwarnings, 1);
    if (strstr(m->warnings[0], text) == NULL) {
        fail_msg("the warning is '%s', not '%s'", m->warnings[0], text);
    }
}

#endif
