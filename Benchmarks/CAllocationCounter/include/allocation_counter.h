#ifndef ALLOCATION_COUNTER_H
#define ALLOCATION_COUNTER_H

/* How often this thread has called malloc, calloc, realloc, posix_memalign or aligned_alloc. Linking this target
 * interposes those functions in the executable. */
unsigned long allocation_count(void);

#endif
