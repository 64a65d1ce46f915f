/*
 * sh.c - the shell: `sh`, `sh FILE`, `sh -c 'COMMANDS'`.
 *
 * parse.h says what it understands, edit.h what the keys do. Its own commands: cd, wait,
 * exit and off. Its status is that of its last command. (QEMU takes ^A for itself: home is the
 * same, or ^A twice.)
 */
#include "sh/edit.h"
#include "sh/parse.h"
#include "sh/run.h"
#include "tool.h"

#define MAX_SCRIPT ((size_t)64 << 10)
#define MISUSED    2 /* the status of what was not understood */

static struct pipeline pipeline;
static int last_status;

/* NULL, or what is wrong: then nothing is run. */
static const char *
check(const char *text) {
    struct parser parser = {.at = text};
    const char *error;
    do {
        error = parse_pipeline(&parser, &pipeline);
    } while (error == NULL && pipeline.count > 0);
    return error;
}

static void
run(const char *text) {
    const char *error = check(text);
    if (error != NULL) {
        complain("%s", error);
        last_status = MISUSED;
        return;
    }
    struct parser parser = {.at = text};
    for (;;) {
        parser.status = last_status;
        parse_pipeline(&parser, &pipeline);
        if (pipeline.count == 0) {
            return;
        }
        if (pipeline.when == ALWAYS || (pipeline.when == IF_OK) == (last_status == 0)) {
            last_status = run_pipeline(&pipeline, last_status);
        }
    }
}

static int
run_file(const char *path) {
    static char text[MAX_SCRIPT];
    size_t used = 0;
    int fd = open(path, O_RDONLY), n = fd;
    while (fd >= 0 && used < sizeof(text) && (n = read(fd, text + used, sizeof(text) - used)) > 0) {
        used += (size_t)n;
    }
    if (n < 0) {
        return complain("%s: %s", path, error_name(n));
    }
    close(fd);
    if (used == sizeof(text)) {
        return complain("%s: at most %zu bytes are read, nothing was done", path, sizeof(text) - 1);
    }
    run(text);
    return last_status;
}

/* A line of descriptor 0, and no byte more: the rest is for the programs. Its length, -1: the end.
 */
static int
read_line(char *line, int size) {
    int n = 0, c;
    while ((c = getchar()) >= 0 && c != '\n') {
        if (n < size) {
            line[n] = (char)c;
        }
        n++;
    }
    line[n < size ? n : size - 1] = '\0';
    return c < 0 && n == 0 ? -1 : n;
}

static int
run_input(void) {
    static char line[EDIT_LINE];
    int n;
    while ((n = read_line(line, EDIT_LINE)) >= 0) {
        if (n < EDIT_LINE) {
            run(line);
        } else {
            complain("line of %d characters: at most %d fit, nothing was done", n, EDIT_LINE - 1);
            last_status = MISUSED;
        }
    }
    return last_status;
}

/* ---- at a terminal ------------------------------------------------------------------------------
 */

static void
put(const char *s, size_t n) {
    write_all(2, s, n);
}

static void
list(const char *folder, void (*found)(const char *name, void *arg), void *arg) {
    DIR *dir = opendir(folder);
    for (struct dirent *entry; dir != NULL && (entry = readdir(dir)) != NULL;) {
        found(entry->name, arg);
    }
    closedir(dir);
}

static bool
is_folder(const char *path) {
    DIR *dir = opendir(path);
    closedir(dir);
    return dir != NULL;
}

static void
make_prompt(char *prompt, size_t size) {
    char folder[256];
    bool known = getcwd(folder, sizeof(folder)) >= 0;
    snprintf(prompt, size, "pagelab:%s$ ", known ? folder : "?");
}

static int
run_terminal(void) {
    static const struct edit_world world = {put, list, is_folder};
    static struct editor editor;
    char prompt[300];
    run_interactively();
    for (;;) {
        make_prompt(prompt, sizeof(prompt));
        setfg(0);
        rawmode(true);
        edit_start(&editor, &world, prompt);
        enum edited edited = EDIT_MORE;
        while (edited == EDIT_MORE) {
            int c = getchar();
            edited = c < 0 ? EDIT_END : edit_key(&editor, (unsigned char)c);
        }
        rawmode(false);
        if (edited == EDIT_END) {
            return last_status;
        }
        run(editor.line);
    }
}

int
main(int argc, char **argv) {
    struct stat input;
    if (fstat(2, &input) != 0) {
        open_as(2, "stdout:", O_WRONLY); /* for complaints, wherever the output goes */
    }
    if (argc == 3 && strcmp(argv[1], "-c") == 0) {
        run(argv[2]);
        return last_status;
    }
    if (argc > 2 || (argc == 2 && argv[1][0] == '-')) {
        complain("%s: a file or -c 'COMMANDS' is expected", argv[1]);
        return MISUSED;
    }
    if (argc == 2) {
        return run_file(argv[1]);
    }
    return fstat(0, &input) == 0 && S_ISCHR(input.st_mode) ? run_terminal() : run_input();
}
