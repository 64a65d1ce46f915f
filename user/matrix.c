/* matrix.c - twenty-one processes multiply matrices and take turns. */
#include "ulib.h"

#define SIZE     10
#define CHILDREN 21

typedef int matrix_t[SIZE][SIZE];

static void
multiply(matrix_t product, matrix_t a, matrix_t b) {
    for (int i = 0; i < SIZE; i++) {
        for (int j = 0; j < SIZE; j++) {
            product[i][j] = 0;
            for (int k = 0; k < SIZE; k++) {
                product[i][j] += a[i][k] * b[k][j];
            }
        }
    }
}

/* Powers of a matrix of ones: each entry grows tenfold, and is kept small. */
static void
work(int times) {
    matrix_t ones, power, product;
    cprintf("pid %d is running (%d times)!.\n", getpid(), times);
    for (int i = 0; i < SIZE; i++) {
        for (int j = 0; j < SIZE; j++) {
            ones[i][j] = power[i][j] = 1;
        }
    }
    yield();
    int expected = 1;
    for (int t = 0; t < times; t++) {
        multiply(product, power, ones);
        expected = expected * SIZE % 1009;
        for (int i = 0; i < SIZE; i++) {
            for (int j = 0; j < SIZE; j++) {
                power[i][j] = product[i][j] % 1009;
                assert(power[i][j] == expected);
            }
        }
    }
    cprintf("pid %d done!.\n", getpid());
    exit(0);
}

int
main(void) {
    int pids[CHILDREN];
    for (int i = 0; i < CHILDREN; i++) {
        pids[i] = fork();
        if (pids[i] == 0) {
            work(100 + i * i * 10);
        }
        if (pids[i] < 0) {
            while (i-- > 0) {
                kill(pids[i]);
            }
            panic("FAIL: fork failed");
        }
    }
    cprintf("fork ok.\n");
    for (int i = 0; i < CHILDREN; i++) {
        int status;
        if (waitpid(pids[i], &status) != 0 || status != 0) {
            panic("FAIL: child %d of %d", i, CHILDREN);
        }
    }
    cprintf("matrix pass.\n");
    return 0;
}
