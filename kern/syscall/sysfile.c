/* sysfile.c - see sysfile.h: what programs point at is copied, and nothing else believed. */
#include "sysfile.h"
#include "error.h"
#include "exec.h"
#include "file.h"
#include "kmalloc.h"
#include "proc.h"
#include "string.h"

#define MAX_PATH 1024 /* bytes with the 0 */

#define UNUSED     __attribute__((unused))
#define CALL(name) int64_t sys_##name(const uint64_t arg[5] UNUSED, struct trapframe *tf UNUSED)

/* A path of the program's, for one call of the kernel. */
static int64_t
with_path(uint64_t user, int (*call)(struct files *files, const char *path, uint32_t flags),
          uint32_t flags) {
    char path[MAX_PATH];
    int error = copy_text_from_user(current->mm, path, user, sizeof(path));
    return error == -E_INVAL ? -E_TOO_BIG : error < 0 ? error : call(current->files, path, flags);
}

static int
chdir(struct files *files, const char *path, uint32_t flags UNUSED) {
    return file_chdir(files, path);
}

static int
mkdir(struct files *files, const char *path, uint32_t flags UNUSED) {
    return file_mkdir(files, path);
}

static int
unlink(struct files *files, const char *path, uint32_t flags UNUSED) {
    return file_unlink(files, path);
}

CALL(open) {
    return with_path(arg[0], file_open, (uint32_t)arg[1]);
}

CALL(chdir) {
    return with_path(arg[0], chdir, 0);
}

CALL(mkdir) {
    return with_path(arg[0], mkdir, 0);
}

CALL(unlink) {
    return with_path(arg[0], unlink, 0);
}

CALL(close) {
    return file_close(current->files, (int)arg[0]);
}

/* One piece of at most a page: bytes read or written. */
static int64_t
read_piece(char *buffer, int fd, uintptr_t user, size_t n) {
    int error = make_reachable(current->mm, VM_WRITE, user, n); /* before bytes could be lost */
    long done = error != 0 ? error : file_read(current->files, fd, buffer, n);
    error = done > 0 ? copy_to_user(current->mm, user, buffer, (size_t)done) : 0;
    return error != 0 ? error : done;
}

static int64_t
write_piece(char *buffer, int fd, uintptr_t user, size_t n) {
    int error = copy_from_user(current->mm, buffer, user, n);
    return error != 0 ? error : file_write(current->files, fd, buffer, n);
}

/* May a read ask for more when it got all it asked for? Others may have to wait for it. */
static bool
reads_on(int fd) {
    struct stat stat;
    return file_stat(current->files, fd, &stat) == 0 && stat.st_mode == S_IFREG;
}

/* Through a page of the kernel's, piece by piece; what was moved before an error counts. */
static int64_t
move(int64_t (*piece)(char *, int, uintptr_t, size_t), const uint64_t arg[5], bool go_on) {
    const uint64_t n = arg[2];
    char *buffer = kmalloc(PGSIZE);
    if (buffer == NULL) {
        return -E_NO_MEM;
    }
    uint64_t done = 0;
    int64_t got;
    size_t want;
    do {
        want = n - done < PGSIZE ? n - done : PGSIZE;
        got = piece(buffer, (int)arg[0], arg[1] + done, want);
        done += got > 0 ? (uint64_t)got : 0;
    } while (go_on && got == (int64_t)want && done < n);
    kfree(buffer);
    return done > 0 ? (int64_t)done : got;
}

CALL(read) {
    return move(read_piece, arg, arg[2] > PGSIZE && reads_on((int)arg[0]));
}

CALL(write) {
    return move(write_piece, arg, true);
}

CALL(seek) {
    return file_seek(current->files, (int)arg[0], (off_t)arg[1], (int)arg[2]);
}

CALL(fstat) {
    struct stat stat;
    int error = file_stat(current->files, (int)arg[0], &stat);
    return error != 0 ? error : copy_to_user(current->mm, arg[1], &stat, sizeof(stat));
}

CALL(fsync) {
    return file_fsync(current->files, (int)arg[0]);
}

CALL(dup) {
    return file_dup(current->files, (int)arg[0], (int)arg[1]);
}

CALL(getcwd) {
    char path[MAX_PATH];
    size_t n = arg[1] < sizeof(path) ? arg[1] : sizeof(path);
    int error = file_getcwd(current->files, path, n);
    return error != 0 ? error : copy_to_user(current->mm, arg[0], path, strlen(path) + 1);
}

CALL(getdirentry) {
    struct dirent entry;
    int error = copy_from_user(current->mm, &entry.offset, arg[1], sizeof(entry.offset));
    if (error == 0) {
        error = file_getdirentry(current->files, (int)arg[0], &entry);
    }
    return error != 0 ? error : copy_to_user(current->mm, arg[1], &entry, sizeof(entry));
}

CALL(pipe) {
    int fd[2];
    int error = file_pipe(current->files, fd);
    if (error == 0 && (error = copy_to_user(current->mm, arg[0], fd, sizeof(fd))) != 0) {
        file_close(current->files, fd[0]);
        file_close(current->files, fd[1]);
    }
    return error;
}

/* The texts that argv points at, into `room` of a page; argv[i] says where. */
static int
copy_args(uint64_t user, size_t argc, char *room, const char *argv[]) {
    size_t left = PGSIZE;
    for (size_t i = 0; i < argc; i++) {
        uintptr_t text;
        int n = copy_from_user(current->mm, &text, user + i * sizeof(text), sizeof(text));
        if (n == 0) {
            n = copy_text_from_user(current->mm, room, text, left);
        }
        if (n < 0) {
            return n == -E_INVAL ? -E_TOO_BIG : n;
        }
        argv[i] = room;
        room += n + 1;
        left -= (size_t)n + 1;
    }
    return 0;
}

/* The file is argv[0]; `name`, which may be NULL, is what the process is called. */
CALL(exec) {
    const char *argv[EXEC_MAX_ARGS];
    char name[PROC_NAME_LEN + 1] = "";
    size_t argc = arg[1];
    if (argc == 0 || argc > EXEC_MAX_ARGS) {
        return argc == 0 ? -E_INVAL : -E_TOO_BIG;
    }
    int error = arg[0] == 0 ? 0 : copy_text_from_user(current->mm, name, arg[0], sizeof(name));
    if (error < 0 && error != -E_INVAL) {
        return error;
    }
    name[PROC_NAME_LEN] = '\0';
    char *room = kmalloc(PGSIZE);
    if (room == NULL) {
        return -E_NO_MEM;
    }
    error = copy_args(arg[2], argc, room, argv);
    if (error == 0) {
        error = exec_file(argv[0], arg[0] == 0 ? argv[0] : name, argc, argv, tf);
    }
    kfree(room);
    return error != 0 ? error : (int64_t)tf->a0; /* what the program finds there */
}
