/* pipe.c - see pipe.h. */
#include "pipe.h"
#include "error.h"
#include "kmalloc.h"
#include "wait.h"

struct pipe {
    struct wait_queue readers, writers;
    size_t first, used; /* of the ring: the oldest byte, and how many there are */
    uint8_t ring[PIPE_SIZE];
};

static_assert(sizeof(struct pipe) <= PGSIZE, "one page");

/* node->size is what fstat tells: the bytes that wait. */
static void
add_used(struct node *node, size_t more) {
    node->pipe->used += more;
    node->size = node->pipe->used;
}

static long
pipe_read(struct node *node, size_t offset, void *to, size_t n) {
    (void)offset;
    struct pipe *pipe = node->pipe;
    while (pipe->used == 0) {
        if (node->writers == 0) {
            return 0;
        }
        int error = wait_on(&pipe->readers, "pipe");
        if (error != 0) {
            return error;
        }
    }
    size_t done = 0;
    for (; done < n && done < pipe->used; done++) {
        ((uint8_t *)to)[done] = pipe->ring[(pipe->first + done) % PIPE_SIZE];
    }
    pipe->first = (pipe->first + done) % PIPE_SIZE;
    add_used(node, -done);
    wake_all(&pipe->writers);
    return (long)done;
}

/* 0: there is room, and somebody who reads. */
static int
wait_for_room(struct node *node) {
    int error = 0;
    while (error == 0 && node->readers > 0 && node->pipe->used == PIPE_SIZE) {
        error = wait_on(&node->pipe->writers, "pipe");
    }
    return error != 0 || node->readers > 0 ? error : -E_PIPE;
}

static long
pipe_write(struct node *node, size_t offset, const void *from, size_t n) {
    (void)offset;
    struct pipe *pipe = node->pipe;
    for (size_t done = 0; done < n;) {
        int error = wait_for_room(node);
        if (error != 0) {
            return done > 0 ? (long)done : error;
        }
        size_t start = done;
        for (size_t used = pipe->used; done < n && used < PIPE_SIZE; done++, used++) {
            pipe->ring[(pipe->first + used) % PIPE_SIZE] = ((const uint8_t *)from)[done];
        }
        add_used(node, done - start);
        wake_all(&pipe->readers);
    }
    return (long)n;
}

static void
pipe_closed(struct node *node) {
    wake_all(&node->pipe->readers);
    wake_all(&node->pipe->writers);
}

static void
pipe_release(struct node *node) {
    kfree(node->pipe);
}

static const struct node_ops pipe_ops = {
    .mode = S_IFIFO,
    .read = pipe_read,
    .write = pipe_write,
    .closed = pipe_closed,
    .release = pipe_release,
};

struct node *
pipe_create(void) {
    struct pipe *pipe = kmalloc(sizeof(*pipe));
    struct node *node = pipe == NULL ? NULL : node_create(&pipe_ops, "", 0);
    if (node == NULL) {
        kfree(pipe);
        return NULL;
    }
    wait_queue_init(&pipe->readers);
    wait_queue_init(&pipe->writers);
    pipe->first = pipe->used = 0;
    node->pipe = pipe;
    return node;
}
