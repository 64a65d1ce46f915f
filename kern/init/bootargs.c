/* bootargs.c - see bootargs.h. */
#include "bootargs.h"
#include "string.h"

/* What follows `key` in `word`, or NULL when it does not begin with it. */
static const char *
value_of(const char *word, const char *key) {
    size_t n = strlen(key);
    return strncmp(word, key, n) == 0 ? word + n : NULL;
}

static bool
read_word(const char *word, struct bootargs *args) {
    const char *value = value_of(word, "pmm=");
    if (value != NULL) {
        args->pmm = value;
    } else if (strcmp(word, "checks=off") == 0) {
        args->checks = false;
    } else if (strcmp(word, "checks=on") == 0) {
        args->checks = true;
    } else if (strcmp(word, "sbi=legacy") == 0) {
        args->legacy_sbi = true;
    } else if (strcmp(word, "batch") == 0) {
        args->batch = true;
    } else {
        return false;
    }
    return true;
}

const char *
bootargs_read(char *line, struct bootargs *args) {
    *args = (struct bootargs){.checks = true};
    char *s = line;
    while (*s != '\0') {
        if (*s == ' ') {
            s++;
            continue;
        }
        const char *run = value_of(s, "run=");
        if (run != NULL) {
            args->run = run;
            return NULL;
        }
        char *end = strfind(s, ' ');
        bool last = *end == '\0';
        *end = '\0';
        if (!read_word(s, args)) {
            return s;
        }
        s = last ? end : end + 1;
    }
    return NULL;
}
