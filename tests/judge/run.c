/*
 * run.c - start a child, call the policy in it, and name the way it failed.
 *
 * The child shares two memory files, which it cannot cut short, and a socket
 * pair with us and nothing else; what it writes goes into a file of at most 1 MiB.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "machine.h"
#include "run.h"
#include "wire_look.h"

#define LOG_BYTES    (1 << 20)
#define SAFE_FIRST   10 /* descriptors are moved out of the way of the wire's */
#define BEGIN_MILLIS 10000
#define WAIT_FACTOR  4
#define PLACE_MILLIS 2000

#define SANITIZER_WORDS 3

static const char *const member_names[] = {
    [IN_NONE] = "the file, before its first call,",
    [IN_INIT] = "init",
    [IN_INIT_MEMMAP] = "init_memmap",
    [IN_ALLOC_PAGES] = "alloc_pages",
    [IN_FREE_PAGES] = "free_pages",
    [IN_NR_FREE_PAGES] = "nr_free_pages",
    [IN_CHECK] = "check",
    [IN_BASIC_CHECK] = "basic_check",
    [IN_GRANT] = "grant",
    [IN_OVERHEAD] = "overhead",
    [IN_FOR_EACH_FREE] = "for_each_free",
    [IN_METADATA] = "metadata",
};

struct files {
    int memory, frames; /* a machine's memory holds the frames as well */
};

/* All that a child learns from the environment; only sanitizers read it. */
static void
sanitizer_words(char *environment[SANITIZER_WORDS + 1]) {
    static const char *const names[SANITIZER_WORDS] = {"ASAN_OPTIONS=", "UBSAN_OPTIONS=", "PATH="};
    size_t n = 0;
    for (char **word = environ; *word != NULL; word++) {
        for (size_t i = 0; i < SANITIZER_WORDS && n < SANITIZER_WORDS; i++) {
            if (strncmp(*word, names[i], strlen(names[i])) == 0) {
                environment[n++] = *word;
            }
        }
    }
    environment[n] = NULL;
}

/* In the new process: the wire's descriptors, limits, exec. */
static void
become_child(const struct child *child, const char *path, int channel, const struct files *files) {
    struct rlimit core = {0, 0}, file = {LOG_BYTES, LOG_BYTES};
    setrlimit(RLIMIT_CORE, &core);
    setrlimit(RLIMIT_FSIZE, &file);
    signal(SIGXFSZ, SIG_IGN);
    signal(SIGPIPE, SIG_IGN);
    int c = fcntl(channel, F_DUPFD, SAFE_FIRST);
    int m = fcntl(files->memory, F_DUPFD, SAFE_FIRST);
    int f = fcntl(child->memory == NULL ? files->frames : files->memory, F_DUPFD, SAFE_FIRST);
    int l = fcntl(child->log, F_DUPFD, SAFE_FIRST);
    int null = open("/dev/null", O_RDONLY);
    if (dup2(null, 0) < 0 || dup2(l, 1) < 0 || dup2(l, 2) < 0 || dup2(c, WIRE_CHANNEL) < 0 ||
        dup2(m, WIRE_MEMORY) < 0 || dup2(f, WIRE_FRAMES) < 0) {
        _exit(126);
    }
    for (int fd = WIRE_FRAMES + 1; fd < 64; fd++) {
        close(fd);
    }
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (child->memory != NULL) {
        machine_exec(path, child->file_bytes);
        perror("qemu-system-riscv64");
        _exit(127);
    }
    char *environment[SANITIZER_WORDS + 1];
    sanitizer_words(environment);
    execle(path, "child", (char *)NULL, environment);
    _exit(127);
}

/* A file of that length, for ever. NULL: it could not be had. */
static void *
map_file(int file, size_t bytes) {
    if (ftruncate(file, (off_t)bytes) != 0 ||
        fcntl(file, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0) {
        return NULL;
    }
    void *at = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    return at != MAP_FAILED ? at : NULL;
}

static bool
map_machine(struct child *c, const struct files *files) {
    c->file_bytes = guest_memory_bytes(c->capacity, sizeof(struct Page));
    c->memory = c->capacity <= GUEST_FRAMES ? map_file(files->memory, c->file_bytes) : NULL;
    if (c->memory == NULL) {
        return false;
    }
    c->wire = (struct wire *)(void *)(c->memory + (GUEST_WIRE - GUEST_MEMORY));
    c->area = c->memory + c->file_bytes - c->area_bytes;
    child_place(c, 0);
    return true;
}

static bool
map_files(struct child *c, const struct files *files) {
    size_t os_page = (size_t)sysconf(_SC_PAGESIZE);
    size_t head = wire_head_bytes(c->capacity, os_page);
    c->file_bytes = head + c->area_bytes;
    c->wire = map_file(files->memory, c->file_bytes);
    c->frames = map_file(files->frames, c->frames_bytes);
    if (c->wire == NULL || c->frames == NULL) {
        return false;
    }
    c->area = (char *)c->wire + head;
    return true;
}

static bool
spawn(struct child *c, const char *path, uint32_t capacity) {
    int pair[2] = {-1, -1};
    bool machine = machine_wants(path);
    struct files files = {memfd_create("pages", MFD_CLOEXEC | MFD_ALLOW_SEALING),
                          memfd_create("frames", MFD_CLOEXEC | MFD_ALLOW_SEALING)};
    *c = (struct child){.log = memfd_create("log", MFD_CLOEXEC), .capacity = capacity};
    c->area_bytes = wire_pages_bytes(capacity, sizeof(struct Page), (size_t)sysconf(_SC_PAGESIZE));
    c->frames_bytes = wire_frames_bytes(capacity);
    if (files.memory < 0 || files.frames < 0 || c->log < 0 ||
        !(machine ? map_machine(c, &files) : map_files(c, &files)) ||
        socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0) {
        return false;
    }
    c->wire->capacity = capacity;
    c->blocks = (struct wire_block *)(c->wire + 1);
    c->side.cpu = &c->wire->judge_cpu;
    c->side.other_cpu = &c->wire->child_cpu;
    atomic_store(&c->wire->child_cpu, UINT32_MAX); /* not known yet, and never of a machine */
    fcntl(c->log, F_SETFL, O_APPEND);
    c->channel = pair[0];
    c->pid = fork();
    if (c->pid == 0) {
        become_child(c, path, pair[1], &files);
    }
    close(pair[1]);
    close(files.memory);
    close(files.frames);
    return c->pid > 0;
}

static void
make_printable(char *text) {
    for (char *p = text; *p != '\0'; p++) {
        *p = *p < ' ' || *p > '~' ? '?' : *p;
    }
}

/* The byte that a child starts with. */
static bool
has_begun(const struct child *c) {
    struct pollfd p = {.fd = c->channel, .events = POLLIN};
    char byte;
    return poll(&p, 1, BEGIN_MILLIS) == 1 && read(c->channel, &byte, 1) == 1;
}

bool
child_start(struct child *c, const char *path, uint32_t capacity, unsigned timeout_ms,
            struct why *why) {
    struct wire_request hello = {.op = WIRE_HELLO};
    struct wire_reply r;
    if (!spawn(c, path, capacity)) {
        return broken(why, "judge", "cannot set up a child: %s", strerror(errno));
    }
    if (!has_begun(c)) {
        char said[200];
        ssize_t n = pread(c->log, said, sizeof(said) - 1, 0);
        said[n > 0 ? n : 0] = '\0';
        said[strcspn(said, "\n")] = '\0';
        make_printable(said);
        return broken(why, "judge", "%s does not start, or is no child of the judge%s%s", path,
                      n > 0 ? ": " : "", said);
    }
    if (!child_call(c, &hello, &r, timeout_ms, why)) {
        return false;
    }
    c->caps = r.caps;
    c->has = r.has;
    memcpy(c->name, c->wire->text, sizeof(c->name));
    c->name[sizeof(c->name) - 1] = '\0';
    make_printable(c->name);
    return true;
}

void
child_stop(struct child *c) {
    if (c->pid > 0) {
        kill(c->pid, SIGKILL);
        kill(-c->pid, SIGKILL); /* what it started, if nothing kept it from that */
        while (waitpid(c->pid, NULL, 0) < 0 && errno == EINTR) {
        }
        c->pid = 0;
    }
    if (c->wire != NULL) {
        if (c->memory != NULL) {
            munmap(c->memory, c->file_bytes);
        } else {
            munmap(c->wire, c->file_bytes);
            munmap(c->frames, c->frames_bytes);
        }
        close(c->channel);
        close(c->log);
        c->wire = NULL;
    }
}

int64_t
now_ms(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Processor time of the child so far, in milliseconds; -1: it is gone. */
static int64_t
child_cpu_ms(const struct child *c) {
    clockid_t clock;
    struct timespec t;
    if (clock_getcpuclockid(c->pid, &clock) != 0 || clock_gettime(clock, &t) != 0) {
        return -1;
    }
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

enum end { END_ANSWER, END_GONE, END_LATE };

/*
 * Look for a moment, then sleep until a byte, the end of the child, or the
 * deadline. On a busy machine a child that has had no processor is not late:
 * it gets up to WAIT_FACTOR times the limit.
 */
static enum end
wait_answer(struct child *c, uint32_t asked, unsigned timeout_ms) {
    struct wire *w = c->wire;
    if (wire_look(&w->answered, asked, &c->side)) {
        return END_ANSWER;
    }
    int64_t cpu = child_cpu_ms(c), start = now_ms(), limit = timeout_ms;
    for (bool gone = false;;) {
        atomic_store(&w->judge_sleeps, 1);
        if (atomic_load(&w->answered) == asked) {
            return END_ANSWER;
        }
        if (gone) {
            return END_GONE;
        }
        int64_t waited = now_ms() - start;
        if (waited >= limit) {
            if (limit >= (int64_t)timeout_ms * WAIT_FACTOR ||
                child_cpu_ms(c) - cpu >= timeout_ms / 2) {
                return END_LATE;
            }
            limit += timeout_ms;
        }
        struct pollfd p = {.fd = c->channel, .events = POLLIN};
        char byte;
        if (poll(&p, 1, (int)(limit - waited > 0 ? limit - waited : 1)) > 0) {
            gone = read(c->channel, &byte, 1) <= 0;
        }
    }
}

/*
 * "file.c:12 in function": the first frame of a stack trace that lies in the
 * policy's file. A line is "#1 0x5c in function /some/path/file.c:12".
 */
static void
find_source(const char *text, struct why *why) {
    for (const char *at = strstr(text, " in "); at != NULL; at = strstr(at + 1, " in ")) {
        char function[48], path[1024];
        if (sscanf(at, " in %47s %1023s", function, path) != 2) {
            continue;
        }
        const char *slash = strrchr(path, '/'), *file = slash != NULL ? slash + 1 : path;
        const char *suffix = strstr(file, ".c:");
        if (suffix != NULL && strncmp(file, "child.c:", 8) != 0) {
            int length = (int)(suffix + 3 - file + (long)strspn(suffix + 3, "0123456789"));
            snprintf(why->source, sizeof(why->source), "%.*s in %s", length < 60 ? length : 60,
                     file, function);
            make_printable(why->source);
            return;
        }
    }
}

/* A line of a sanitizer's report, if there is one. */
static void
add_sanitizer_line(struct child *c, struct why *why) {
    static char text[16384];
    ssize_t got = pread(c->log, text, sizeof(text) - 1, 0);
    text[got > 0 ? got : 0] = '\0';
    find_source(text, why);
    char *at = strstr(text, "runtime error: ");
    if (at == NULL) {
        at = strstr(text, "Sanitizer: ");
    }
    if (at != NULL) {
        at[strcspn(at, "\n")] = '\0';
        char *address = strstr(at, " on "); /* is another one each time */
        if (address != NULL) {
            *address = '\0';
        }
        make_printable(at);
        size_t used = strlen(why->text);
        snprintf(why->text + used, sizeof(why->text) - used, " (%.200s)", at);
    }
}

/* "alloc_pages(3)"; inside a look the member that was being called stands alone. */
static const char *
call_name(const struct child *c, const struct wire_request *q, char text[64]) {
    uint32_t in = atomic_load(&c->wire->in_member);
    in = in <= IN_METADATA ? in : IN_NONE;
    const char *name = member_names[in];
    if (in == IN_ALLOC_PAGES || in == IN_GRANT) {
        snprintf(text, 64, "%s(%lu)", name, (unsigned long)q->n);
    } else if (in == IN_FREE_PAGES || in == IN_INIT_MEMMAP) {
        snprintf(text, 64, "%s(page %lu, %lu)", name, (unsigned long)q->page, (unsigned long)q->n);
    } else {
        snprintf(text, 64, "%s%s", name, in == IN_NONE ? "" : "()");
    }
    return text;
}

/* A plain child just ends; one with sanitizers prints its stack first. */
static void
ask_where(const struct child *c) {
    struct pollfd p = {.fd = c->channel, .events = POLLIN};
    char byte;
    kill(c->pid, WIRE_LATE);
    while (poll(&p, 1, PLACE_MILLIS) > 0 && read(c->channel, &byte, 1) > 0) {
    }
}

static bool
child_died(struct child *c, const char *call, struct why *why) {
    int status = 0;
    while (waitpid(c->pid, &status, 0) < 0 && errno == EINTR) {
    }
    c->pid = 0;
    bool machine = c->memory != NULL;
    if (WIFSIGNALED(status) && (machine || WTERMSIG(status) == SIGKILL)) { /* not by the policy */
        broken(why, "judge", "%s was ended: %s", machine ? "QEMU" : "the child",
               strsignal(WTERMSIG(status)));
    } else if (machine) {
        broken(why, "crash", "%s ended the machine", call);
    } else if (WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS) {
        broken(why, "crash", "%s called the operating system, which no policy may", call);
    } else if (WIFSIGNALED(status)) {
        broken(why, "crash", "%s crashed: %s", call, strsignal(WTERMSIG(status)));
    } else {
        broken(why, "crash", "%s ended the process with status %d", call, WEXITSTATUS(status));
    }
    add_sanitizer_line(c, why);
    child_stop(c);
    return false;
}

bool
child_call(struct child *c, const struct wire_request *q, struct wire_reply *r, unsigned timeout_ms,
           struct why *why) {
    struct wire *w = c->wire;
    char call[64];
    if (c->memory != NULL && waitpid(c->pid, NULL, WNOHANG) == c->pid) {
        c->pid = 0;
        child_stop(c);
        return broken(why, "judge", "QEMU ended while nothing was asked of it");
    }
    w->request = *q;
    uint32_t asked = ++c->asked;
    atomic_store(&w->asked, asked);
    if (atomic_exchange(&w->child_sleeps, 0) != 0) {
        /* A child that is gone shows as end of file below. */
        (void)!send(c->channel, "", 1, MSG_NOSIGNAL);
    }
    enum end end = wait_answer(c, asked, timeout_ms);
    call_name(c, q, call);
    if (end == END_GONE) {
        return child_died(c, call, why);
    }
    if (end == END_LATE) {
        broken(why, "hang", "%s did not return within %g s", call, timeout_ms / 1000.0);
        if (c->memory == NULL) {
            ask_where(c);
        }
        add_sanitizer_line(c, why);
        child_stop(c);
        return false;
    }
    *r = w->reply;
    if (r->status == WIRE_PANIC || r->status == WIRE_TRAP) {
        char text[WIRE_TEXT];
        memcpy(text, w->text, sizeof(text));
        text[sizeof(text) - 1] = '\0';
        make_printable(text);
        if (r->status == WIRE_PANIC) {
            broken(why, "panic", "%s panicked: %s", call, text);
        } else {
            broken(why, "crash", "%s crashed: %s", call, text);
        }
        add_sanitizer_line(c, why);
        child_stop(c);
        return false;
    }
    if (r->status == WIRE_ENDLESS) {
        broken(why, "hang", "for_each_free visits more blocks than there are pages");
        child_stop(c);
        return false;
    }
    return true;
}

struct Page *
child_pages(const struct child *c, uint32_t npages) {
    return (struct Page *)(c->area + c->area_bytes) - npages;
}
