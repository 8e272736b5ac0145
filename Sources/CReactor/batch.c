#define _GNU_SOURCE
#include <stdlib.h>

#include "internal.h"

// MARK: receiving

struct reactor_receiver {
    int slots;
    size_t slot_bytes;
    uint8_t *memory;
    struct mmsghdr *headers;
    struct iovec *vectors;
    struct sockaddr_storage *names;
    struct reactor_datagram *datagrams;
};

struct reactor_receiver *reactor_receiver_create(int slots, size_t slot_bytes) {
    struct reactor_receiver *self = calloc(1, sizeof *self);
    if (self == NULL) return NULL;
    size_t count = (size_t)slots;
    self->slots = slots;
    self->slot_bytes = slot_bytes;
    // Pages never written stay unmapped: slots of 64 KiB cost what the datagrams are long.
    self->memory = malloc(count * slot_bytes);
    self->headers = calloc(count, sizeof *self->headers);
    self->vectors = calloc(count, sizeof *self->vectors);
    self->names = calloc(count, sizeof *self->names);
    self->datagrams = calloc(count, sizeof *self->datagrams);
    if (!self->memory || !self->headers || !self->vectors || !self->names || !self->datagrams) {
        reactor_receiver_destroy(self);
        return NULL;
    }
    for (size_t i = 0; i < count; i++) {
        self->vectors[i].iov_base = self->memory + i * slot_bytes;
        self->vectors[i].iov_len = slot_bytes;
        self->headers[i].msg_hdr.msg_iov = &self->vectors[i];
        self->headers[i].msg_hdr.msg_iovlen = 1;
        self->headers[i].msg_hdr.msg_name = &self->names[i];
        self->datagrams[i].bytes = self->vectors[i].iov_base;
    }
    return self;
}

void reactor_receiver_destroy(struct reactor_receiver *self) {
    if (self == NULL) return;
    free(self->memory);
    free(self->headers);
    free(self->vectors);
    free(self->names);
    free(self->datagrams);
    free(self);
}

int reactor_receive_batch(struct reactor_receiver *self, int fd, const struct reactor_datagram **out) {
    for (int i = 0; i < self->slots; i++) self->headers[i].msg_hdr.msg_namelen = sizeof self->names[i];
    int count;
    do count = recvmmsg(fd, self->headers, (unsigned)self->slots, MSG_DONTWAIT, NULL);
    while (count < 0 && errno == EINTR);
    if (count < 0) return -errno;
    for (int i = 0; i < count; i++) {
        self->datagrams[i].length = self->headers[i].msg_len;
        reactor_from_sockaddr(&self->names[i], &self->datagrams[i].from);
    }
    *out = self->datagrams;
    return count;
}

// MARK: sending

struct reactor_sender {
    int capacity, head, tail;
    size_t arena, used;
    uint8_t *memory;
    struct mmsghdr *headers;
    struct iovec *vectors;
    struct sockaddr_storage *names;
};

struct reactor_sender *reactor_sender_create(int messages, size_t arena) {
    struct reactor_sender *self = calloc(1, sizeof *self);
    if (self == NULL) return NULL;
    size_t count = (size_t)messages;
    self->capacity = messages;
    self->arena = arena;
    self->memory = malloc(arena);
    self->headers = calloc(count, sizeof *self->headers);
    self->vectors = calloc(count, sizeof *self->vectors);
    self->names = calloc(count, sizeof *self->names);
    if (!self->memory || !self->headers || !self->vectors || !self->names) {
        reactor_sender_destroy(self);
        return NULL;
    }
    for (size_t i = 0; i < count; i++) {
        self->headers[i].msg_hdr.msg_iov = &self->vectors[i];
        self->headers[i].msg_hdr.msg_iovlen = 1;
        self->headers[i].msg_hdr.msg_name = &self->names[i];
    }
    return self;
}

void reactor_sender_destroy(struct reactor_sender *self) {
    if (self == NULL) return;
    free(self->memory);
    free(self->headers);
    free(self->vectors);
    free(self->names);
    free(self);
}

bool reactor_sender_add(
    struct reactor_sender *self, const void *bytes, size_t length, const struct reactor_address *to) {
    if (self->tail == self->capacity || length > self->arena - self->used) return false;
    int i = self->tail++;
    uint8_t *place = self->memory + self->used;
    if (length > 0) memcpy(place, bytes, length);
    self->used += length;
    self->vectors[i].iov_base = place;
    self->vectors[i].iov_len = length;
    self->headers[i].msg_hdr.msg_namelen = reactor_to_sockaddr(to, &self->names[i]);
    return true;
}

int reactor_send_batch(struct reactor_sender *self, int fd, uint64_t *sent, uint64_t *refused) {
    bool retried = false;
    while (self->head < self->tail) {
        unsigned waiting = (unsigned)(self->tail - self->head);
        int count = sendmmsg(fd, self->headers + self->head, waiting, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (count > 0) {
            self->head += count;
            *sent += (uint64_t)count;
            retried = false;
        } else if (count < 0 && errno == EINTR) {
            continue;
        } else if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
            return -EAGAIN;
        } else if (count < 0 && errno == ECONNREFUSED && !retried) {
            // The ICMP error of an earlier datagram; reading it has cleared it, and this datagram has not been tried.
            retried = true;
        } else {
            self->head++;
            *refused += 1;
            retried = false;
        }
    }
    self->head = self->tail = 0;
    self->used = 0;
    return 0;
}

int reactor_sender_count(const struct reactor_sender *self) { return self->tail - self->head; }
