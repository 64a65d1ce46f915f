/* cat.c - files, or the input, one after the other. */
#include "tool.h"

int
main(int argc, char **argv) {
    return each_input(argc - 1, argv + 1, copy_out);
}
