/*
 * ubsan.c - what -fsanitize=undefined calls: each finding is a panic with its place.
 *
 * The names, and the records that are passed, are those of gcc's and clang's
 * run-time; a record describes one place in the source. A value comes as it is,
 * or, where it is longer than a register, by address.
 * Source: gcc, libsanitizer/ubsan/ubsan_value.h and ubsan_handlers.h (layout only).
 */
#include "assert.h"
#include "stdio.h"

struct place {
    const char *file;
    uint32_t line, column;
};

struct type {
    uint16_t kind; /* TYPE_INTEGER, or one that has no number to show */
    uint16_t info; /* of an integer: log2(bits) << 1 | signed */
    char name[];   /* in quotes */
};

enum { TYPE_INTEGER = 0 };

struct on_type {
    struct place at;
    const struct type *type;
};

struct shift {
    struct place at;
    const struct type *left, *right;
};

struct index {
    struct place at;
    const struct type *array, *index;
};

struct access {
    struct place at;
    const struct type *type;
    uint8_t log_alignment;
    uint8_t kind; /* an index of access_kinds */
};

struct argument {
    struct place at, declared;
    int32_t number; /* from 1 on */
};

#define FOUND(at, ...) __panic((at).file, (int)(at).line, "undefined behaviour: " __VA_ARGS__)

#define NUMBER_SIZE 24

/* The value as text, into `text` of NUMBER_SIZE bytes. */
static const char *
number(char *text, const struct type *type, uintptr_t value) {
    unsigned bits = 1U << (type->info >> 1);
    if (type->kind != TYPE_INTEGER || bits > 64) {
        snprintf(text, NUMBER_SIZE, "?");
    } else if ((type->info & 1) != 0) {
        snprintf(text, NUMBER_SIZE, "%ld", (long)(value << (64 - bits)) >> (64 - bits));
    } else {
        snprintf(text, NUMBER_SIZE, "%lu", (unsigned long)(value << (64 - bits) >> (64 - bits)));
    }
    return text;
}

__noreturn static void
overflow(const struct on_type *where, uintptr_t left, const char *op, uintptr_t right) {
    char a[NUMBER_SIZE], b[NUMBER_SIZE];
    FOUND(where->at, "%s %s %s does not fit into %s", number(a, where->type, left), op,
          number(b, where->type, right), where->type->name);
}

/* Called by what the compiler puts into the code, so they are declared nowhere else. */
void __ubsan_handle_add_overflow(const struct on_type *where, uintptr_t left, uintptr_t right);
void __ubsan_handle_sub_overflow(const struct on_type *where, uintptr_t left, uintptr_t right);
void __ubsan_handle_mul_overflow(const struct on_type *where, uintptr_t left, uintptr_t right);
void __ubsan_handle_divrem_overflow(const struct on_type *where, uintptr_t left, uintptr_t right);
void __ubsan_handle_negate_overflow(const struct on_type *where, uintptr_t value);
void __ubsan_handle_shift_out_of_bounds(const struct shift *where, uintptr_t left, uintptr_t right);
void __ubsan_handle_out_of_bounds(const struct index *where, uintptr_t index);
void __ubsan_handle_type_mismatch_v1(const struct access *where, uintptr_t pointer);
void __ubsan_handle_pointer_overflow(const struct place *where, uintptr_t from, uintptr_t to);
void __ubsan_handle_load_invalid_value(const struct on_type *where, uintptr_t value);
void __ubsan_handle_nonnull_arg(const struct argument *where);
void __ubsan_handle_builtin_unreachable(const struct place *where);
void __ubsan_handle_function_type_mismatch(const struct on_type *where, uintptr_t function);

void
__ubsan_handle_add_overflow(const struct on_type *where, uintptr_t left, uintptr_t right) {
    overflow(where, left, "+", right);
}

void
__ubsan_handle_sub_overflow(const struct on_type *where, uintptr_t left, uintptr_t right) {
    overflow(where, left, "-", right);
}

void
__ubsan_handle_mul_overflow(const struct on_type *where, uintptr_t left, uintptr_t right) {
    overflow(where, left, "*", right);
}

void
__ubsan_handle_divrem_overflow(const struct on_type *where, uintptr_t left, uintptr_t right) {
    char a[NUMBER_SIZE], b[NUMBER_SIZE];
    FOUND(where->at, "%s divided by %s in %s", number(a, where->type, left),
          number(b, where->type, right), where->type->name);
}

void
__ubsan_handle_negate_overflow(const struct on_type *where, uintptr_t value) {
    char a[NUMBER_SIZE];
    FOUND(where->at, "-(%s) does not fit into %s", number(a, where->type, value),
          where->type->name);
}

void
__ubsan_handle_shift_out_of_bounds(const struct shift *where, uintptr_t left, uintptr_t right) {
    char a[NUMBER_SIZE], b[NUMBER_SIZE];
    FOUND(where->at, "%s shifted by %s in %s", number(a, where->left, left),
          number(b, where->right, right), where->left->name);
}

void
__ubsan_handle_out_of_bounds(const struct index *where, uintptr_t index) {
    char a[NUMBER_SIZE];
    FOUND(where->at, "index %s of %s", number(a, where->index, index), where->array->name);
}

void
__ubsan_handle_type_mismatch_v1(const struct access *where, uintptr_t pointer) {
    static const char *const kinds[] = {"load from",         "store to",       "reference to",
                                        "member access of",  "member call of", "construction of",
                                        "downcast of",       "downcast of",    "upcast of",
                                        "virtual upcast of", "non-null value", "dynamic access of"};
    const char *kind = where->kind < ARRAY_SIZE(kinds) ? kinds[where->kind] : "access of";
    uintptr_t alignment = (uintptr_t)1 << where->log_alignment;
    const char *what = pointer == 0               ? "a null pointer"
                       : pointer % alignment != 0 ? "a misaligned address"
                                                  : "an object that is too small";
    FOUND(where->at, "%s %s, %#lx, for %s of alignment %lu", kind, what, (unsigned long)pointer,
          where->type->name, (unsigned long)alignment);
}

void
__ubsan_handle_pointer_overflow(const struct place *where, uintptr_t from, uintptr_t to) {
    FOUND(*where, "pointer %#lx becomes %#lx", (unsigned long)from, (unsigned long)to);
}

void
__ubsan_handle_load_invalid_value(const struct on_type *where, uintptr_t value) {
    FOUND(where->at, "%#lx is no value of %s", (unsigned long)value, where->type->name);
}

void
__ubsan_handle_nonnull_arg(const struct argument *where) {
    FOUND(where->at, "argument %d is null", where->number);
}

void
__ubsan_handle_builtin_unreachable(const struct place *where) {
    FOUND(*where, "what cannot be reached was reached");
}

/* clang from 17 on. */
void
__ubsan_handle_function_type_mismatch(const struct on_type *where, uintptr_t function) {
    FOUND(where->at, "function %#lx is called as %s", (unsigned long)function, where->type->name);
}
