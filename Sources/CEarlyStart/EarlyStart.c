#include <stdlib.h>
#include <unistd.h>

// A statically linked Swift program asks /proc for its own path before main, to find a
// backtracer, and aborts without one: in an early boot, or in an empty chroot. With
// SWIFT_ROOT set it does not ask. Runs before the Swift runtime's own constructors.
__attribute__((constructor(101))) static void startWithoutProc(void) {
    if (access("/proc/self/exe", F_OK) != 0) {
        setenv("SWIFT_ROOT", "/", 0);
    }
}
