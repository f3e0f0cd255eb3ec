#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/loop.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

static int result(long value) { return value < 0 ? -errno : (int)value; }

int64_t clinux_device_size(int descriptor) {
    uint64_t size = 0;
    return ioctl(descriptor, BLKGETSIZE64, &size) < 0 ? -errno : (int64_t)size;
}

int clinux_sector_size(int descriptor) {
    int size = 0;
    return ioctl(descriptor, BLKSSZGET, &size) < 0 ? -errno : size;
}

int clinux_is_read_only(int descriptor) {
    int value = 0;
    return ioctl(descriptor, BLKROGET, &value) < 0 ? -errno : value != 0;
}

int clinux_set_read_only(int descriptor, bool read_only) {
    int value = read_only;
    return result(ioctl(descriptor, BLKROSET, &value));
}

int clinux_free_loop(int control) { return result(ioctl(control, LOOP_CTL_GET_FREE)); }

// LOOP_CONFIGURE (kernel 5.8) sets all at once. Without it there would be a moment in which the loop is attached but not
// yet limited to its range; nobody knows of it then, and it is read-only from the beginning because the file is open so.
#ifndef LOOP_CONFIGURE
#define LOOP_CONFIGURE 0x4C0A
struct loop_config {
    __u32 fd;
    __u32 block_size;
    struct loop_info64 info;
    __u64 __reserved[8];
};
#endif

int clinux_attach_loop(int loop, int file, uint64_t offset, uint64_t length, bool read_only, bool vanishes_when_closed, const char *name) {
    struct loop_config config;
    memset(&config, 0, sizeof config);
    config.fd = (__u32)file;
    config.info.lo_offset = offset;
    config.info.lo_sizelimit = length;
    config.info.lo_flags = (read_only ? LO_FLAGS_READ_ONLY : 0) | (vanishes_when_closed ? LO_FLAGS_AUTOCLEAR : 0);
    strncpy((char *)config.info.lo_file_name, name, LO_NAME_SIZE - 1);
    if (ioctl(loop, LOOP_CONFIGURE, &config) == 0) return 0;
    if (errno != EINVAL && errno != ENOTTY && errno != ENOSYS) return -errno;
    if (ioctl(loop, LOOP_SET_FD, file) < 0) return -errno;
    if (ioctl(loop, LOOP_SET_STATUS64, &config.info) == 0) return 0;
    int error = errno;
    ioctl(loop, LOOP_CLR_FD, 0);
    return -error;
}

int clinux_detach_loop(int loop) { return result(ioctl(loop, LOOP_CLR_FD, 0)); }

int clinux_mount(const char *source, const char *target, const char *type, unsigned long flags, const char *options) {
    return result(mount(source, target, type, flags, options));
}

int clinux_unmount(const char *target, int flags) { return result(umount2(target, flags)); }

// linux/mount.h and glibc's sys/mount.h contradict each other in some versions, so the few numbers stand here.
enum { set_flag = 0, set_string = 1, create = 6, close_on_exec = 1 };
#ifndef SYS_fsopen
#define SYS_fsopen 430
#define SYS_fsconfig 431
#define SYS_fsmount 432
#endif

// The kernel's lines begin with "e ", "w " or "i ".
static void last_words(int context, char *message, int room) {
    if (room <= 0) return;
    message[0] = 0;
    char line[512];
    for (int lines = 0; lines < 32; lines++) {
        long count = read(context, line, sizeof line - 1);
        if (count <= 0) return;
        line[count] = 0;
        snprintf(message, (size_t)room, "%s", count > 2 && line[1] == ' ' ? line + 2 : line);
        message[strcspn(message, "\n")] = 0;
    }
}

// Before kernel 5.2: a child mounts it where nobody else sees it, in a mount namespace of its own, and opens its root in
// the table of open files that it shares with us. The namespace goes with the child; the file system lives as long as the file.
static int open_in_own_namespace(const char *type, const char *source, const char *options) {
    int answer[2] = {-1, -1}, ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0) return -errno;
    int child = (int)syscall(SYS_clone, CLONE_FILES | SIGCHLD, NULL, NULL, NULL, NULL);
    if (child == 0) {
        const char *place = "/dev"; // There wherever there are devices.
        if (unshare(CLONE_NEWNS) < 0) {
            answer[1] = errno;
        } else if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0) {
            answer[1] = ENOSYS; // In a chroot that is no mount nothing can be kept from the eyes of others.
        } else {
            if (mount(source, place, type, MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC, options) == 0)
                answer[0] = open(place, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
            answer[1] = errno;
        }
        _exit(write(ends[1], answer, sizeof answer) != sizeof answer);
    }
    int status = child < 0 ? errno : 0;
    while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR) {}
    bool answered = child > 0 && status == 0 && read(ends[0], answer, sizeof answer) == sizeof answer;
    close(ends[0]);
    close(ends[1]);
    if (!answered) return child < 0 ? -status : -EIO;
    return answer[0] < 0 ? -answer[1] : answer[0];
}

int clinux_open_detached(const char *type, const char *source, const char *options, char *message, int room) {
    if (room > 0) message[0] = 0;
    int context = (int)syscall(SYS_fsopen, type, close_on_exec);
    if (context < 0 && errno == ENOSYS) return open_in_own_namespace(type, source, options);
    if (context < 0) return -errno;
    char words[256];
    snprintf(words, sizeof words, "%s", options);
    long failed = syscall(SYS_fsconfig, context, set_string, "source", source, 0);
    if (!failed) failed = syscall(SYS_fsconfig, context, set_flag, "ro", NULL, 0);
    char *rest = words;
    for (char *word = strsep(&rest, ","); word && !failed; word = strsep(&rest, ",")) {
        if (!*word) continue;
        char *value = strchr(word, '=');
        if (value) *value++ = 0;
        failed = syscall(SYS_fsconfig, context, value ? set_string : set_flag, word, value, 0);
    }
    if (!failed) failed = syscall(SYS_fsconfig, context, create, NULL, NULL, 0);
    int tree = failed ? -1 : (int)syscall(SYS_fsmount, context, close_on_exec, MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC);
    int error = errno;
    if (tree < 0) last_words(context, message, room);
    close(context);
    return tree < 0 ? -error : tree;
}

#ifndef SYS_openat2
#define SYS_openat2 437
#endif

int clinux_open_in_root(int folder, const char *path) {
    struct {
        uint64_t flags, mode, resolve;
    } how = {O_PATH | O_CLOEXEC, 0, 0x10 | 0x02}; // RESOLVE_IN_ROOT, RESOLVE_NO_MAGICLINKS
    // A look first: to open a device (a watchdog, a tape) may already act on it, and a disk names any device it likes.
    int place = (int)syscall(SYS_openat2, folder, path, &how, sizeof how);
    if (place < 0) return -errno;
    struct stat status;
    int known = fstat(place, &status);
    close(place);
    if (known < 0 || !(S_ISREG(status.st_mode) || S_ISDIR(status.st_mode))) return -ENXIO;
    how.flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
    return result(syscall(SYS_openat2, folder, path, &how, sizeof how));
}

static int argument_count;
static char **arguments;

// glibc hands main's arguments to every constructor.
__attribute__((constructor)) static void keep_arguments(int count, char **words) {
    argument_count = count;
    arguments = words;
}

int clinux_argument_count(void) { return argument_count; }
const char *clinux_argument(int number) { return arguments[number]; }

int clinux_list_attributes(int descriptor, char *names, int room) { return result(flistxattr(descriptor, names, (size_t)room)); }

int clinux_get_attribute(int descriptor, const char *name, void *value, int room) {
    return result(fgetxattr(descriptor, name, value, (size_t)room));
}

int clinux_set_attribute(int descriptor, const char *name, const void *value, int count) {
    return result(fsetxattr(descriptor, name, value, (size_t)count, 0));
}

const unsigned long clinux_mount_read_only = MS_RDONLY, clinux_mount_no_suid = MS_NOSUID, clinux_mount_no_dev = MS_NODEV,
                    clinux_mount_no_exec = MS_NOEXEC, clinux_mount_no_atime = MS_NOATIME, clinux_mount_bind = MS_BIND,
                    clinux_mount_remount = MS_REMOUNT, clinux_mount_private = MS_PRIVATE;

int clinux_nameless_file(const char *folder) {
    int file = folder ? -1 : memfd_create("camtrace-rescue", MFD_CLOEXEC);
    if (!folder && file < 0 && errno != ENOSYS) return -errno;
    // Before kernel 3.17 there is memory only below this folder.
    return file >= 0 ? file : result(open(folder ? folder : "/dev/shm", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
}
