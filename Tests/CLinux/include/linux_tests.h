/* What tests need of Linux that Swift does not see. */
#include <stddef.h>

/* What linux/xfrm.h says of its own structs: "struct", "struct.field" or a constant; all ones where it is unknown. */
size_t linux_xfrm_layout(const char *what);

/* Puts the calling thread into a network namespace of its own; 0, or -1 with errno. */
int linux_own_network(void);
