/* fuzz.h - what the parts of callfuzz share: the calls there are, and what became of them. */
#ifndef USER_CALLFUZZ_FUZZ_H
#define USER_CALLFUZZ_FUZZ_H

#include "tool.h"

#define WORKERS   8
#define NCALLS    35
#define REPORTS   "/tmp/callfuzz" /* a struct report each worker, in order */
#define REPORT_FD 63              /* of a worker; none of its random calls is about this one */
#define DONE      77              /* the status of a worker that has done its part */
#define BROKEN    78              /* of one that was told something that cannot be */

struct call {
    const char *name;
    int number;
    unsigned weight;       /* how often it is chosen */
    const char *arguments; /* a letter each: arguments.c */
};

/* All that the kernel implements but SYS_kmon, which would wait for somebody to type. */
extern const struct call fuzzed[NCALLS];

/* What a worker did in all its lives, up to a few calls before it was ended. */
struct report {
    int64_t pid;
    uint64_t lives, calls; /* calls: with numbers that are none, too */
    uint64_t tried[NCALLS], worked[NCALLS];
};

/* What a worker knows, and what it has to do. */
struct worker {
    struct report report;
    uint64_t calls, successes; /* in all; of each number */
    int parent;                /* which nobody may end, nor who was there before it */
    int children[4];           /* pids, 0: none; one may have been waited for */
};

/* Where in `fuzzed` that number is; NCALLS: it is not. */
size_t call_index(int number);

/* ---- arguments.c ---- */

void seed_random(uint64_t seed);
uint64_t random64(void);
uint64_t below(uint64_t n); /* 0 .. n - 1 */

/* Numbers at the edges, addresses of the kernel, of nothing, of pages of every kind. */
uint64_t anything(void);

/* The arguments of a call: most of them such that it may succeed, and none that would end the
 * fuzzer itself: it goes on with its own data. */
void choose_arguments(const struct call *call, const struct worker *worker, uint64_t arg[5]);

/* Memory for the arguments: given again where it was taken away. */
void map_slots(void);

/* The word that SYS_mmap and SYS_brk were told to use. */
uint64_t argument_word(void);

/* ---- worker.c ---- */

/* Make the calls of worker number `i`; where an earlier life of it ended, go on. */
__noreturn void work(size_t i, uint64_t seed, uint64_t calls, int parent);

#endif
