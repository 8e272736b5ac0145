/* What tests need of Linux that Swift does not see. */
#include <stddef.h>

/* What linux/xfrm.h says of its own structs: "struct", "struct.field" or a constant; all ones where it is unknown. */
size_t linux_xfrm_layout(const char *what);

/* Puts the calling thread into a network namespace of its own; 0, or -1 with errno. */
int linux_own_network(void);

/* Puts the calling thread into the network namespace this descriptor stands for; 0, or -1 with errno. */
int linux_enter_network(int descriptor);

/* Takes every capability from the calling thread, for good; 0, or -1 with errno. */
int linux_without_capabilities(void);

/* A packet(7) socket that sees what enters and leaves an interface, without its link header; -1 with errno. */
int linux_watch_packets(const char *interface);

/* The next packet and its Ethernet protocol; -1 with errno, EAGAIN when there is none. */
long linux_read_packet(int descriptor, void *memory, size_t size, unsigned *protocol);

/* Sends a whole IPv4 packet to where its header says, out of the calling thread's network namespace; 0, or -1 with errno. */
int linux_send_packet(const void *packet, size_t size);

/* Packets such a socket had no room for since this was last asked; -1 with errno. */
long linux_lost_packets(int descriptor);
