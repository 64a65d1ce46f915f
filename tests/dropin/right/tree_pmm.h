/* tree_pmm.h - how large the tree of tree_pmm.c can become. */
#ifndef TREE_PMM_H
#define TREE_PMM_H

#define TREE_LEAVES  32768 /* pages: 128 MiB */
#define LEFT_OF(i)   (2 * (i))
#define RIGHT_OF(i)  (2 * (i) + 1)
#define PARENT_OF(i) ((i) / 2)

#endif
