// Conversions between kernel addresses and ours, shared by the .c files. Include after defining _GNU_SOURCE.
#ifndef CREACTOR_INTERNAL_H
#define CREACTOR_INTERNAL_H

#include <endian.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "CReactor.h"

static inline socklen_t reactor_to_sockaddr(const struct reactor_address *from, struct sockaddr_storage *to) {
    if (from->family == 6) {
        struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)to;
        uint64_t words[2] = {htobe64(from->high), htobe64(from->low)};
        memset(v6, 0, sizeof *v6);
        v6->sin6_family = AF_INET6;
        v6->sin6_port = htons(from->port);
        memcpy(&v6->sin6_addr, words, sizeof words);
        return sizeof *v6;
    }
    struct sockaddr_in *v4 = (struct sockaddr_in *)to;
    memset(v4, 0, sizeof *v4);
    v4->sin_family = AF_INET;
    v4->sin_port = htons(from->port);
    v4->sin_addr.s_addr = htonl((uint32_t)from->low);
    return sizeof *v4;
}

static inline void reactor_from_sockaddr(const struct sockaddr_storage *from, struct reactor_address *to) {
    memset(to, 0, sizeof *to);
    if (from->ss_family == AF_INET6) {
        const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)from;
        uint64_t words[2];
        memcpy(words, &v6->sin6_addr, sizeof words);
        to->high = be64toh(words[0]);
        to->low = be64toh(words[1]);
        to->port = ntohs(v6->sin6_port);
        to->family = 6;
    } else if (from->ss_family == AF_INET) {
        const struct sockaddr_in *v4 = (const struct sockaddr_in *)from;
        to->low = ntohl(v4->sin_addr.s_addr);
        to->port = ntohs(v4->sin_port);
        to->family = 4;
    }
}

#endif
