// The few system calls Swift cannot make by itself, behind structures of our own: the Glibc module is built without
// _GNU_SOURCE, so recvmmsg, sendmmsg and accept4 are invisible there, and system headers must not leak into Swift.
//
// Convention: functions that can fail return 0 or a positive result, or the negated errno.
#ifndef CREACTOR_H
#define CREACTOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// MARK: addresses

/// An address in host byte order; mirrors RoleKit.SocketAddress. `family` is 4, 6 or 0 (none of them).
struct reactor_address {
    uint64_t high;
    uint64_t low;
    uint16_t port;
    uint8_t family;
};

/// Writes the addresses of the host's interfaces (port 0); returns how many there are, at most `capacity`.
int reactor_local_addresses(struct reactor_address *out, int capacity);

// MARK: sockets; all are non-blocking and close-on-exec

/// A bound UDP socket. IPv6 sockets take IPv6 only. No SO_REUSEADDR: on UDP it would let two processes share a port.
int reactor_udp_open(const struct reactor_address *address);
/// A listening TCP socket with SO_REUSEADDR.
int reactor_tcp_listen(const struct reactor_address *address, int backlog);
/// A TCP socket whose connection is under way; writability tells when it ended. `source` may be NULL.
int reactor_tcp_connect(const struct reactor_address *to, const struct reactor_address *source);
/// One waiting connection.
int reactor_tcp_accept(int listener, struct reactor_address *from);
int reactor_local_address(int fd, struct reactor_address *out);
/// The pending error (SO_ERROR), which reading clears.
int reactor_socket_error(int fd);
/// How many descriptors the process may have.
uint64_t reactor_descriptor_limit(void);
int reactor_receive(int fd, void *buffer, size_t length);
/// Sends without SIGPIPE.
int reactor_send(int fd, const void *bytes, size_t length);
void reactor_shutdown_write(int fd);
/// Closing will reset the connection instead of finishing it.
void reactor_reset_on_close(int fd);
void reactor_close(int fd);

// MARK: batches of datagrams

struct reactor_datagram {
    const uint8_t *bytes;
    uint32_t length;
    struct reactor_address from;
};

struct reactor_receiver;
/// Buffers for `slots` datagrams of at most `slot_bytes`; NULL if there is no memory.
struct reactor_receiver *reactor_receiver_create(int slots, size_t slot_bytes);
void reactor_receiver_destroy(struct reactor_receiver *receiver);
/// Receives what waits, at most `slots` datagrams; `*out` stays valid until the next call.
int reactor_receive_batch(struct reactor_receiver *receiver, int fd, const struct reactor_datagram **out);

struct reactor_sender;
/// A queue of at most `messages` datagrams in `arena` bytes; NULL if there is no memory.
struct reactor_sender *reactor_sender_create(int messages, size_t arena);
void reactor_sender_destroy(struct reactor_sender *sender);
/// Copies one datagram into the queue; false if it is full.
bool reactor_sender_add(
    struct reactor_sender *sender, const void *bytes, size_t length, const struct reactor_address *to);
/// Sends what is queued. Datagrams the kernel refuses are dropped and counted in `*refused`.
/// Returns 0 when the queue is empty, -EAGAIN when the socket takes no more for now.
int reactor_send_batch(struct reactor_sender *sender, int fd, uint64_t *sent, uint64_t *refused);
/// Datagrams waiting.
int reactor_sender_count(const struct reactor_sender *sender);

// MARK: readiness

enum { REACTOR_READABLE = 1, REACTOR_WRITABLE = 2, REACTOR_BROKEN = 4 };

struct reactor_ready {
    uint64_t key;
    uint32_t events;
};

int reactor_poll_create(void);
/// Level-triggered; an error or hang-up is reported whatever the interest.
int reactor_poll_add(int poll, int fd, uint64_t key, uint32_t interest);
int reactor_poll_change(int poll, int fd, uint64_t key, uint32_t interest);
void reactor_poll_remove(int poll, int fd);
/// Waits at most `milliseconds` (-1: for ever); returns the number written to `out`. An interrupted wait returns 0.
int reactor_poll_wait(int poll, struct reactor_ready *out, int capacity, int milliseconds);

// MARK: the door for other threads: a mutex, a wake-up, and the identity of the owning thread

struct reactor_door;
/// NULL if there is no memory or no descriptor.
struct reactor_door *reactor_door_create(void);
void reactor_door_destroy(struct reactor_door *door);
/// The descriptor that becomes readable on `reactor_door_wake`.
int reactor_door_descriptor(const struct reactor_door *door);
void reactor_door_lock(struct reactor_door *door);
void reactor_door_unlock(struct reactor_door *door);
void reactor_door_wake(struct reactor_door *door);
void reactor_door_clear(struct reactor_door *door);
/// The calling thread becomes the owner, or nobody is.
void reactor_door_enter(struct reactor_door *door);
void reactor_door_leave(struct reactor_door *door);
bool reactor_door_is_mine(const struct reactor_door *door);

/// A plain mutex; NULL if there is no memory.
struct reactor_mutex;
struct reactor_mutex *reactor_mutex_create(void);
void reactor_mutex_lock(struct reactor_mutex *mutex);
void reactor_mutex_unlock(struct reactor_mutex *mutex);

/// A count of changes that all threads may look at without a lock.
uint64_t reactor_epoch(void);
void reactor_epoch_advance(void);

/// 0, 1, 2 … in the order of calls, whatever the thread.
uint32_t reactor_next_number(void);

/// A dedicated thread; `name` shows in ps and gdb (15 bytes). Returns 0 or the negated errno; `*thread` is for join.
int reactor_thread_start(const char *name, void (*body)(void *), void *context, uint64_t *thread);
void reactor_thread_join(uint64_t thread);

// MARK: signals, clock, randomness

/// A pipe: the handler of watched signals writes the signal's number, one byte each.
int reactor_signal_pipe(int *read_end, int *write_end);
/// From now on `signal` is written to `write_end`, or has its default effect again (`write_end` -1).
int reactor_signal_watch(int signal, int write_end);
/// Signal numbers that came; 0 if none waits.
int reactor_signal_read(int read_end, uint8_t *out, int capacity);

uint64_t reactor_monotonic_nanoseconds(void);
int64_t reactor_unix_seconds(void);
/// Fills with unpredictable bytes. Ends the process if the system has none: guessable keys would be worse.
void reactor_random(void *out, size_t length);

#endif
