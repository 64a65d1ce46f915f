/* run.c - see run.h. */
#include "run.h"
#include "error.h"
#include "tool.h"

#define MAX_CHILDREN 64

static bool interactive;

/* Those that have not been waited for; pid 0 is a free place. */
static struct child_of_ours {
    int pid;
    bool background;
} children[MAX_CHILDREN];

void
run_interactively(void) {
    interactive = true;
}

static struct child_of_ours *
find_child(int pid) {
    for (size_t i = 0; i < MAX_CHILDREN; i++) {
        if (children[i].pid == pid) {
            return &children[i];
        }
    }
    return NULL;
}

static bool
any_running(bool background) {
    for (size_t i = 0; i < MAX_CHILDREN; i++) {
        if (children[i].pid != 0 && children[i].background == background) {
            return true;
        }
    }
    return false;
}

/* Until all of the foreground, or of the background, have ended; the status of `last`. */
static int
wait_for(bool background, int last) {
    int result = 0, status, pid;
    while (any_running(background) && (pid = wait_any(&status)) > 0) {
        struct child_of_ours *child = find_child(pid);
        if (pid == last) {
            result = status;
        }
        if (child != NULL) {
            if (child->background && interactive) {
                fprintf(2, "[%d] ended with %d\n", pid, status);
            }
            child->pid = 0;
        }
    }
    return result;
}

/* ---- commands of the shell's own ----------------------------------------------------------------
 */

static int
change_directory(const char **argv) {
    const char *path = argv[1] == NULL ? "/" : argv[1];
    int error = chdir(path);
    return error == 0 ? 0 : complain("cd: %s: %s", path, error_name(error));
}

/* Whether the command is the shell's own; then it is done, and *status is its status. */
static bool
run_own(const char **argv, int *status) {
    if (strcmp(argv[0], "cd") == 0) {
        *status = change_directory(argv);
    } else if (strcmp(argv[0], "wait") == 0) {
        *status = wait_for(true, 0);
    } else if (strcmp(argv[0], "exit") == 0 || strcmp(argv[0], "off") == 0) {
        long value = *status;
        if (argv[1] != NULL && !number(argv[1], INT32_MIN, INT32_MAX, &value)) {
            *status = complain("%s: %s: a number is expected", argv[0], argv[1]);
            return true;
        }
        exit((int)value);
    } else {
        return false;
    }
    return true;
}

/* ---- processes ----------------------------------------------------------------------------------
 */

/* The file becomes descriptor `fd`; false: it was said why not. */
static bool
redirect_one(int fd, const char *path, uint32_t flags) {
    int error = path == NULL ? 0 : open_as(fd, path, flags);
    if (error != 0) {
        complain("%s: %s", path, error_name(error));
    }
    return error == 0;
}

static bool
redirect(const struct command *command) {
    uint32_t output = O_WRONLY | O_CREAT | (command->append ? O_APPEND : O_TRUNC);
    return redirect_one(0, command->input, O_RDONLY) && redirect_one(1, command->output, output);
}

static __noreturn void
become(const struct command *command, int status) {
    if (!redirect(command)) {
        exit(1);
    }
    if (run_own(command->argv, &status)) {
        exit(status);
    }
    exit(run_program(command->argv));
}

/* `from` takes the place of `to`; -1 is none. */
static void
move_descriptor(int from, int to) {
    if (from >= 0 && from != to) {
        dup2(from, to);
        close(from);
    }
}

/* What the processes of a pipeline share. */
struct job {
    bool background;
    int group; /* 0: not begun */
    int last_status;
};

/* A child that reads `in` and writes `out` (-1: ours), without `unused`; its pid or an error. */
static int
start(const struct command *command, struct job *job, const int fd[3]) {
    struct child_of_ours *place = find_child(0);
    int pid = place == NULL ? -E_TOO_BIG : fork();
    if (pid == 0) {
        if (interactive) {
            setpgid(0, job->group);
        }
        if (job->background && fd[0] < 0) {
            open_as(0, "/dev/null", O_RDONLY);
        }
        move_descriptor(fd[0], 0);
        move_descriptor(fd[1], 1);
        if (fd[2] >= 0) {
            close(fd[2]);
        }
        become(command, job->last_status);
    }
    if (pid > 0) {
        *place = (struct child_of_ours){.pid = pid, .background = job->background};
        job->group = job->group == 0 ? pid : job->group;
        if (interactive) {
            setpgid(pid, job->group); /* whoever of the two comes first */
        }
    }
    return pid;
}

/* Begin all of them, each with a pipe to the next; the pid of the last or an error. */
static int
start_all(struct pipeline *pipeline, struct job *job) {
    int in = -1, pid = 0;
    for (size_t i = 0; i < pipeline->count && pid >= 0; i++) {
        int out[2] = {-1, -1};
        bool is_last = i + 1 == pipeline->count;
        pid = is_last ? 0 : pipe(out);
        if (pid == 0) {
            pid = start(&pipeline->commands[i], job, (int[]){in, out[1], out[0]});
        }
        if (in >= 0) {
            close(in);
        }
        if (out[1] >= 0) {
            close(out[1]);
        }
        in = out[0];
    }
    if (in >= 0) {
        close(in);
    }
    return pid;
}

int
run_pipeline(struct pipeline *pipeline, int last_status) {
    const struct command *first = &pipeline->commands[0];
    int status = last_status;
    bool plain = pipeline->count == 1 && !pipeline->background && first->input == NULL &&
                 first->output == NULL;
    if (plain && run_own(first->argv, &status)) {
        return status;
    }
    struct job job = {.background = pipeline->background, .last_status = last_status};
    int last = start_all(pipeline, &job);
    if (last < 0) {
        complain("%s: %s", first->argv[0], error_name(last));
    }
    if (job.background) {
        if (interactive && last > 0) {
            fprintf(2, "[%d]\n", last);
        }
        return last < 0;
    }
    if (interactive && job.group != 0) {
        setfg(job.group);
    }
    status = wait_for(false, last);
    if (interactive) {
        setfg(0);
    }
    return last < 0 ? 1 : status;
}
