#define _GNU_SOURCE
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <unistd.h>

#include "internal.h"

enum {
    // A burst of a few thousand datagrams must survive one slow turn of the loop.
    SOCKET_BUFFER_BYTES = 4 << 20,
    // A peer that vanished without FIN is noticed: idle after a minute, with data under way after half of one.
    KEEPALIVE_IDLE_SECONDS = 60,
    KEEPALIVE_INTERVAL_SECONDS = 10,
    KEEPALIVE_PROBES = 3,
    UNACKNOWLEDGED_MILLISECONDS = 30000,
};

static void set(int fd, int level, int option, int value) {
    (void)setsockopt(fd, level, option, &value, sizeof value);
}

static int open_socket(const struct reactor_address *address, int type) {
    int domain = address->family == 6 ? AF_INET6 : AF_INET;
    int fd = socket(domain, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) return -errno;
    if (domain == AF_INET6) set(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
    return fd;
}

static int bind_socket(int fd, const struct reactor_address *address) {
    struct sockaddr_storage name;
    socklen_t length = reactor_to_sockaddr(address, &name);
    return bind(fd, (struct sockaddr *)&name, length) < 0 ? -errno : 0;
}

static int fail(int fd, int error) {
    close(fd);
    return error;
}

static void tune_stream(int fd) {
    set(fd, IPPROTO_TCP, TCP_NODELAY, 1);
    set(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
    set(fd, IPPROTO_TCP, TCP_KEEPIDLE, KEEPALIVE_IDLE_SECONDS);
    set(fd, IPPROTO_TCP, TCP_KEEPINTVL, KEEPALIVE_INTERVAL_SECONDS);
    set(fd, IPPROTO_TCP, TCP_KEEPCNT, KEEPALIVE_PROBES);
    set(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, UNACKNOWLEDGED_MILLISECONDS);
}

int reactor_udp_open(const struct reactor_address *address) {
    int fd = open_socket(address, SOCK_DGRAM);
    if (fd < 0) return fd;
    // The forced variants pass the system's ceiling and need a privilege; without it the ceiling is what we get.
    int size = SOCKET_BUFFER_BYTES;
    if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size) < 0) set(fd, SOL_SOCKET, SO_RCVBUF, size);
    if (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof size) < 0) set(fd, SOL_SOCKET, SO_SNDBUF, size);
    int result = bind_socket(fd, address);
    return result < 0 ? fail(fd, result) : fd;
}

int reactor_tcp_listen(const struct reactor_address *address, int backlog) {
    int fd = open_socket(address, SOCK_STREAM);
    if (fd < 0) return fd;
    set(fd, SOL_SOCKET, SO_REUSEADDR, 1);
    int result = bind_socket(fd, address);
    if (result < 0) return fail(fd, result);
    return listen(fd, backlog) < 0 ? fail(fd, -errno) : fd;
}

int reactor_tcp_connect(const struct reactor_address *to, const struct reactor_address *source) {
    int fd = open_socket(to, SOCK_STREAM);
    if (fd < 0) return fd;
    tune_stream(fd);
    if (source != NULL) {
        set(fd, SOL_SOCKET, SO_REUSEADDR, 1);
        // Without a port of its own the kernel may pick one per destination instead of one for all. From a given port a
        // stream to the same peer must be had again at once: its end leaves no TIME_WAIT behind.
        if (source->port == 0) set(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1);
        else reactor_reset_on_close(fd);
        int result = bind_socket(fd, source);
        if (result < 0) return fail(fd, result);
    }
    struct sockaddr_storage name;
    socklen_t length = reactor_to_sockaddr(to, &name);
    if (connect(fd, (struct sockaddr *)&name, length) < 0 && errno != EINPROGRESS && errno != EINTR) {
        return fail(fd, -errno);
    }
    return fd;
}

int reactor_tcp_accept(int listener, struct reactor_address *from) {
    struct sockaddr_storage name;
    socklen_t length = sizeof name;
    int fd = accept4(listener, (struct sockaddr *)&name, &length, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) return -errno;
    tune_stream(fd);
    reactor_from_sockaddr(&name, from);
    return fd;
}

int reactor_local_address(int fd, struct reactor_address *out) {
    struct sockaddr_storage name;
    socklen_t length = sizeof name;
    if (getsockname(fd, (struct sockaddr *)&name, &length) < 0) return -errno;
    reactor_from_sockaddr(&name, out);
    return 0;
}

int reactor_socket_error(int fd) {
    int error = 0;
    socklen_t length = sizeof error;
    if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length) < 0) return errno;
    return error;
}

uint64_t reactor_descriptor_limit(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) < 0) return 0;
    return limit.rlim_cur;
}

int reactor_receive(int fd, void *buffer, size_t length) {
    ssize_t count;
    do count = recv(fd, buffer, length, MSG_DONTWAIT);
    while (count < 0 && errno == EINTR);
    return count < 0 ? -errno : (int)count;
}

int reactor_send(int fd, const void *bytes, size_t length) {
    ssize_t count;
    do count = send(fd, bytes, length, MSG_DONTWAIT | MSG_NOSIGNAL);
    while (count < 0 && errno == EINTR);
    return count < 0 ? -errno : (int)count;
}

void reactor_shutdown_write(int fd) { (void)shutdown(fd, SHUT_WR); }

void reactor_reset_on_close(int fd) {
    struct linger abort = {1, 0};
    (void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &abort, sizeof abort);
}

// Not retried on EINTR: Linux has released the number by then, and another thread may own it.
void reactor_close(int fd) { (void)close(fd); }

int reactor_local_addresses(struct reactor_address *out, int capacity) {
    struct ifaddrs *list = NULL;
    if (getifaddrs(&list) < 0) return 0;
    int count = 0;
    for (struct ifaddrs *item = list; item != NULL && count < capacity; item = item->ifa_next) {
        if (item->ifa_addr == NULL || (item->ifa_flags & IFF_UP) == 0) continue;
        struct sockaddr_storage name;
        memset(&name, 0, sizeof name);
        int family = item->ifa_addr->sa_family;
        if (family != AF_INET && family != AF_INET6) continue;
        memcpy(&name, item->ifa_addr, family == AF_INET ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6));
        reactor_from_sockaddr(&name, &out[count]);
        out[count++].port = 0;
    }
    freeifaddrs(list);
    return count;
}
