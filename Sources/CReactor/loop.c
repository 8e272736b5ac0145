#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "internal.h"

// MARK: readiness

enum { POLL_EVENTS = 256 };

int reactor_poll_create(void) {
    int fd = epoll_create1(EPOLL_CLOEXEC);
    return fd < 0 ? -errno : fd;
}

static int control(int poll, int operation, int fd, uint64_t key, uint32_t interest) {
    struct epoll_event event = {0};
    if (interest & REACTOR_READABLE) event.events |= EPOLLIN;
    if (interest & REACTOR_WRITABLE) event.events |= EPOLLOUT;
    event.data.u64 = key;
    return epoll_ctl(poll, operation, fd, &event) < 0 ? -errno : 0;
}

int reactor_poll_add(int poll, int fd, uint64_t key, uint32_t interest) {
    return control(poll, EPOLL_CTL_ADD, fd, key, interest);
}

int reactor_poll_change(int poll, int fd, uint64_t key, uint32_t interest) {
    return control(poll, EPOLL_CTL_MOD, fd, key, interest);
}

void reactor_poll_remove(int poll, int fd) { (void)control(poll, EPOLL_CTL_DEL, fd, 0, 0); }

int reactor_poll_wait(int poll, struct reactor_ready *out, int capacity, int milliseconds) {
    struct epoll_event events[POLL_EVENTS];
    int count = epoll_wait(poll, events, capacity < POLL_EVENTS ? capacity : POLL_EVENTS, milliseconds);
    if (count < 0) return errno == EINTR ? 0 : -errno;
    for (int i = 0; i < count; i++) {
        uint32_t seen = events[i].events;
        out[i].key = events[i].data.u64;
        out[i].events = ((seen & EPOLLIN) ? REACTOR_READABLE : 0u) | ((seen & EPOLLOUT) ? REACTOR_WRITABLE : 0u)
            | ((seen & (EPOLLERR | EPOLLHUP)) ? REACTOR_BROKEN : 0u);
    }
    return count;
}

// MARK: the door

struct reactor_door {
    pthread_mutex_t mutex;
    _Atomic(uintptr_t) owner;
    int event;
};

struct reactor_door *reactor_door_create(void) {
    struct reactor_door *self = calloc(1, sizeof *self);
    if (self == NULL) return NULL;
    self->event = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (self->event < 0) {
        free(self);
        return NULL;
    }
    pthread_mutex_init(&self->mutex, NULL);
    atomic_init(&self->owner, 0);
    return self;
}

void reactor_door_destroy(struct reactor_door *self) {
    if (self == NULL) return;
    close(self->event);
    pthread_mutex_destroy(&self->mutex);
    free(self);
}

int reactor_door_descriptor(const struct reactor_door *self) { return self->event; }
void reactor_door_lock(struct reactor_door *self) { pthread_mutex_lock(&self->mutex); }
void reactor_door_unlock(struct reactor_door *self) { pthread_mutex_unlock(&self->mutex); }

// Both can only fail with EAGAIN (already awake, nothing to clear) or EINTR, which a non-blocking eventfd does not raise.
void reactor_door_wake(struct reactor_door *self) {
    uint64_t one = 1;
    ssize_t ignored = write(self->event, &one, sizeof one);
    (void)ignored;
}

void reactor_door_clear(struct reactor_door *self) {
    uint64_t count;
    ssize_t ignored = read(self->event, &count, sizeof count);
    (void)ignored;
}

void reactor_door_enter(struct reactor_door *self) {
    atomic_store_explicit(&self->owner, (uintptr_t)pthread_self(), memory_order_release);
}

void reactor_door_leave(struct reactor_door *self) { atomic_store_explicit(&self->owner, 0, memory_order_release); }

bool reactor_door_is_mine(const struct reactor_door *self) {
    return atomic_load_explicit(&self->owner, memory_order_relaxed) == (uintptr_t)pthread_self();
}

struct reactor_mutex {
    pthread_mutex_t mutex;
};

struct reactor_mutex *reactor_mutex_create(void) {
    struct reactor_mutex *self = calloc(1, sizeof *self);
    if (self != NULL) pthread_mutex_init(&self->mutex, NULL);
    return self;
}

void reactor_mutex_lock(struct reactor_mutex *self) { pthread_mutex_lock(&self->mutex); }
void reactor_mutex_unlock(struct reactor_mutex *self) { pthread_mutex_unlock(&self->mutex); }

static _Atomic(uint64_t) epoch;

uint64_t reactor_epoch(void) { return atomic_load_explicit(&epoch, memory_order_acquire); }
void reactor_epoch_advance(void) { atomic_fetch_add_explicit(&epoch, 1, memory_order_acq_rel); }

uint32_t reactor_next_number(void) {
    static _Atomic(uint32_t) next;
    return atomic_fetch_add(&next, 1);
}

// MARK: threads

struct start {
    void (*body)(void *);
    void *context;
};

static void *run(void *argument) {
    struct start start = *(struct start *)argument;
    free(argument);
    start.body(start.context);
    return NULL;
}

int reactor_thread_start(const char *name, void (*body)(void *), void *context, uint64_t *thread) {
    struct start *start = malloc(sizeof *start);
    if (start == NULL) return -ENOMEM;
    start->body = body;
    start->context = context;
    pthread_t handle;
    int error = pthread_create(&handle, NULL, run, start);
    if (error != 0) {
        free(start);
        return -error;
    }
    char label[16];
    snprintf(label, sizeof label, "%s", name);
    (void)pthread_setname_np(handle, label);
    *thread = (uint64_t)handle;
    return 0;
}

void reactor_thread_join(uint64_t thread) { (void)pthread_join((pthread_t)thread, NULL); }

// MARK: signals, clock, randomness

enum { SIGNALS = 65 };
// Descriptor plus one per signal; 0 is nobody.
static _Atomic(int) watchers[SIGNALS];

static void on_signal(int signal) {
    int saved = errno;
    int end = atomic_load(&watchers[signal]) - 1;
    if (end >= 0) {
        uint8_t number = (uint8_t)signal;
        ssize_t ignored = write(end, &number, 1);
        (void)ignored;
    }
    errno = saved;
}

int reactor_signal_pipe(int *read_end, int *write_end) {
    int ends[2];
    if (pipe2(ends, O_NONBLOCK | O_CLOEXEC) < 0) return -errno;
    *read_end = ends[0];
    *write_end = ends[1];
    return 0;
}

int reactor_signal_watch(int signal, int write_end) {
    if (signal <= 0 || signal >= SIGNALS) return -EINVAL;
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = write_end < 0 ? SIG_DFL : on_signal;
    action.sa_flags = SA_RESTART;
    if (write_end >= 0) atomic_store(&watchers[signal], write_end + 1);
    if (sigaction(signal, &action, NULL) < 0) return -errno;
    if (write_end < 0) atomic_store(&watchers[signal], 0);
    return 0;
}

int reactor_signal_read(int read_end, uint8_t *out, int capacity) {
    ssize_t count = read(read_end, out, (size_t)capacity);
    return count < 0 ? 0 : (int)count;
}

uint64_t reactor_monotonic_nanoseconds(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

int64_t reactor_unix_seconds(void) {
    struct timespec time;
    clock_gettime(CLOCK_REALTIME, &time);
    return time.tv_sec;
}

void reactor_random(void *out, size_t length) {
    uint8_t *place = out;
    while (length > 0) {
        ssize_t count = getrandom(place, length, 0);
        if (count > 0) {
            place += count;
            length -= (size_t)count;
        } else if (errno != EINTR) {
            fputs("imsbox: the system gives no random bytes (getrandom); stopping rather than guessable keys\n", stderr);
            abort();
        }
    }
}
