/* device.h - null, zero, and devices whose contents are a text made when they are opened. */
#ifndef KERN_FS_DEVICE_H
#define KERN_FS_DEVICE_H

#include "node.h"

/* Whose `text` is to be set: opened, it is a file of what that prints then. */
extern const struct node_ops text_ops;

/* /dev/null, zero, meminfo, buddyinfo; `dev` is their directory. -E_NO_MEM. */
int devices_add(struct node *dev) __warn_unused;

#endif
