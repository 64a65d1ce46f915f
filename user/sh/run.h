/* run.h - pipelines become processes. */
#ifndef USER_SH_RUN_H
#define USER_SH_RUN_H

#include "parse.h"

/* Each pipeline gets a group of its own, and in the foreground ^C ends it. */
void run_interactively(void);

/* Run it and, unless it is for the background, wait; its status. */
int run_pipeline(struct pipeline *pipeline, int last_status);

#endif
