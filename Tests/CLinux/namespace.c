#define _GNU_SOURCE
#include <sched.h>
#include "linux_tests.h"

int linux_own_network(void) { return unshare(CLONE_NEWNET); }
