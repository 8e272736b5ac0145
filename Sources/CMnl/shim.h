/* netinet/in.h first: linux/in6.h, which libmnl's headers reach, would define its structs a second time. */
#include <netinet/in.h>
#include <libmnl/libmnl.h>
#include <linux/netlink.h>
