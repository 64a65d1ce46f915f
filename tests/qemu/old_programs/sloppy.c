/* sloppy.c - what compilers warn of, and files of old do. */
#include <file.h>
#include <stdio.h>
#include <string.h>
#include <ulib.h>

main(void) {
    char name[] = "sloppy", *copy = malloc(100);
    int unused, size = sizeof(name);
    strcpy(copy, name);
    cprintf("%s has %d bytes, 2^40 is %ld\n", copy, sizeof(name), 1l << 40);
    if (strlen(copy) + 1 == size & copy[0] == 's')
        exec("/bin/echo", "run", "by", copy);
    return 1;
}
