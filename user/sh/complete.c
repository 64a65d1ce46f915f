/* complete.c - the rest of a word that is clear from its beginning. */
#include "edit.h"
#include "string.h"

#define COMMANDS "/bin"

/* The entries that begin with `prefix`. */
struct search {
    struct editor *e;
    const char *prefix;
    size_t prefix_length;
    size_t count;
    char common[256]; /* what all of them begin with */
    bool show;
};

static void
candidate(const char *name, void *arg) {
    struct search *s = arg;
    if (strncmp(name, s->prefix, s->prefix_length) != 0 || name[0] == '.') {
        return;
    }
    if (s->count++ == 0) {
        strncpy(s->common, name, sizeof(s->common) - 1);
        s->common[sizeof(s->common) - 1] = '\0';
    } else {
        size_t same = 0;
        while (s->common[same] != '\0' && s->common[same] == name[same]) {
            same++;
        }
        s->common[same] = '\0';
    }
    if (s->show) {
        edit_put(s->e, s->count == 1 ? "" : " ");
        edit_put(s->e, name);
    }
}

/* Where the word that ends at the cursor begins. */
static size_t
word_start(const struct editor *e) {
    size_t start = e->cursor;
    while (start > 0 && strchr(" |&;<>", e->line[start - 1]) == NULL) {
        start--;
    }
    return start;
}

/* Whether the word at `start` is a command: the first one, or behind one of |&;. */
static bool
is_command(const struct editor *e, size_t start) {
    while (start > 0 && e->line[start - 1] == ' ') {
        start--;
    }
    return start == 0 || strchr("|&;", e->line[start - 1]) != NULL;
}

/* The folder in which `word` is an entry; cuts its name off. */
static const char *
split(char *word, const char **name, bool command) {
    char *slash = NULL;
    for (char *s = word; *s != '\0'; s++) {
        slash = *s == '/' ? s : slash;
    }
    if (slash == NULL) {
        *name = word;
        return command ? COMMANDS : ".";
    }
    *name = slash + 1;
    *slash = '\0';
    return slash == word ? "/" : word;
}

static void
show_all(struct search *s, const char *folder) {
    s->show = true;
    s->count = 0;
    edit_put(s->e, "\n");
    s->e->world->list(folder, candidate, s);
    edit_put(s->e, "\n");
    edit_show_again(s->e);
}

void
edit_complete(struct editor *e) {
    char word[EDIT_LINE], whole[EDIT_LINE];
    size_t start = word_start(e), length = e->cursor - start;
    memcpy(word, e->line + start, length);
    word[length] = '\0';
    struct search s = {.e = e};
    const char *folder = split(word, &s.prefix, is_command(e, start));
    s.prefix_length = strlen(s.prefix);
    e->world->list(folder, candidate, &s);
    size_t more = s.count == 0 ? 0 : strlen(s.common) - s.prefix_length;
    edit_insert(e, s.common + s.prefix_length, more);
    if (s.count == 1) {
        length = e->cursor - start;
        memcpy(whole, e->line + start, length);
        whole[length] = '\0';
        edit_insert(e, e->world->is_folder(whole) ? "/" : " ", 1);
    } else if (s.count > 1 && more == 0) {
        show_all(&s, folder);
    } else if (s.count == 0) {
        edit_put(e, "\a");
    }
}
