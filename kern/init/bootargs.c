/* bootargs.c - see bootargs.h. */
#include "bootargs.h"
#include "string.h"

/* What follows `key` in `word`, or NULL when it does not begin with it. */
static const char *
value_of(const char *word, const char *key) {
    size_t n = strlen(key);
    return strncmp(word, key, n) == 0 ? word + n : NULL;
}

/* A decimal number from 1 on; false: it is none. */
static bool
read_number(const char *text, size_t *value) {
    char *end;
    long n = strtol(text, &end, 10);
    *value = (size_t)n;
    return end != text && *end == '\0' && n > 0 && n != INT64_MAX;
}

static bool
read_word(const char *word, struct bootargs *args) {
    const char *value;
    if ((value = value_of(word, "pmm=")) != NULL) {
        args->pmm = value;
    } else if ((value = value_of(word, "sched=")) != NULL) {
        args->sched = value;
    } else if ((value = value_of(word, "failpage=")) != NULL) {
        return read_number(value, &args->failpage);
    } else if ((value = value_of(word, "failslab=")) != NULL) {
        return read_number(value, &args->failslab);
    } else if (strcmp(word, "cache=0") == 0) {
        args->cache = false;
    } else if (strcmp(word, "cache=1") == 0) {
        args->cache = true;
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
        const char *sh = value_of(s, "sh=");
        if (run != NULL || sh != NULL) {
            args->run = run;
            args->sh = sh;
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
