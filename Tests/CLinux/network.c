#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "linux_tests.h"

int linux_own_network(void) { return unshare(CLONE_NEWNET); }

int linux_enter_network(int descriptor) { return setns(descriptor, CLONE_NEWNET); }

int linux_without_capabilities(void) {
    struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
    struct __user_cap_data_struct none[2] = { { 0 } };
    return (int)syscall(SYS_capset, &header, none);
}

int linux_watch_packets(const char *interface) {
    int found = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (found < 0) return -1;
    int room = 64 << 20;
    struct sockaddr_ll name = {
        .sll_family = AF_PACKET, .sll_protocol = htons(0x0003 /* ETH_P_ALL */),
        .sll_ifindex = (int)if_nametoindex(interface),
    };
    if (name.sll_ifindex == 0 || setsockopt(found, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room) < 0 ||
        bind(found, (struct sockaddr *)&name, sizeof name) < 0) {
        int reason = errno;
        close(found);
        errno = reason;
        return -1;
    }
    return found;
}

long linux_read_packet(int descriptor, void *memory, size_t size, unsigned *protocol) {
    struct sockaddr_ll name;
    socklen_t length = sizeof name;
    ssize_t count = recvfrom(descriptor, memory, size, 0, (struct sockaddr *)&name, &length);
    if (count >= 0) *protocol = ntohs(name.sll_protocol);
    return count;
}

int linux_send_packet(const void *packet, size_t size) {
    struct sockaddr_in to = {.sin_family = AF_INET};
    if (size < 20) {
        errno = EINVAL;
        return -1;
    }
    memcpy(&to.sin_addr, (const char *)packet + 16, sizeof to.sin_addr);
    int raw = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW);
    if (raw < 0) return -1;
    ssize_t sent = sendto(raw, packet, size, 0, (struct sockaddr *)&to, sizeof to);
    int reason = errno;
    close(raw);
    errno = reason;
    return sent == (ssize_t)size ? 0 : -1;
}

long linux_lost_packets(int descriptor) {
    struct tpacket_stats stats;
    socklen_t length = sizeof stats;
    if (getsockopt(descriptor, SOL_PACKET, PACKET_STATISTICS, &stats, &length) < 0) return -1;
    return stats.tp_drops;
}
