/* planted.h - the bug of that name; test_san.py puts a call of it into the monitor's `panic`. */
#ifndef TESTS_QEMU_PLANTED_H
#define TESTS_QEMU_PLANTED_H

void planted(const char *what);

#endif
