#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#ifndef SYS_getrandom
#define SYS_getrandom 318
#endif

// Sixteen bytes that the kernel gives every process, stretched (splitmix64): good for hash tables and for names, not for keys.
static uint64_t stretched(void) {
    static uint64_t state;
    uint64_t start[2] = {0, 0};
    struct timespec now = {0, 0};
    const void *given = (const void *)getauxval(AT_RANDOM);
    if (given) memcpy(start, given, sizeof start);
    clock_gettime(CLOCK_MONOTONIC, &now);
    uint64_t word = __atomic_add_fetch(&state, 0x9E3779B97F4A7C15, __ATOMIC_RELAXED) + start[0];
    word = (word ^ (word >> 30)) * 0xBF58476D1CE4E5B9;
    word = ((word ^ (word >> 27)) + start[1] + (uint64_t)now.tv_nsec) * 0x94D049BB133111EB;
    return word ^ (word >> 31);
}

// In place of the Swift library's own, which aborts where there is neither getrandom (Linux 3.17) nor /dev/urandom: an
// old kernel, and an empty chroot. It asks for a seed of its hash tables before main. Nothing here makes keys.
void swift_stdlib_random(void *bytes, size_t count) {
    uint8_t *next = bytes;
    int file = -1;
    while (count > 0) {
        long got = file < 0 ? syscall(SYS_getrandom, next, count, 0) : read(file, next, count);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) {
            if (file >= 0 || (file = open("/dev/urandom", O_RDONLY | O_CLOEXEC)) < 0) break;
            continue;
        }
        next += got;
        count -= (size_t)got;
    }
    if (file >= 0) close(file);
    while (count > 0) {
        uint64_t word = stretched();
        size_t part = count < sizeof word ? count : sizeof word;
        memcpy(next, &word, part);
        next += part;
        count -= part;
    }
}
