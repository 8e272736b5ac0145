#define _GNU_SOURCE
#include <sched.h>
#include "xfrmlayout.h"

int xfrm_own_network(void) { return unshare(CLONE_NEWNET); }
