/* What linux/xfrm.h says of its own structs, for the test that compares the Swift side with it. */
#include <stddef.h>
#include <stdint.h>
size_t xfrm_layout(const char *what);

/* Puts the calling thread into a network namespace of its own; 0, or -1 with errno. */
int xfrm_own_network(void);
