#ifndef CLINUX_H
#define CLINUX_H

#include <stdbool.h>
#include <stdint.h>

// System calls and ioctls that Swift cannot name: their numbers are macros, or their callers are variadic.
// Each returns a value of 0 or more, or the error number as a negative value; none touches errno's owner.

// Block devices (linux/fs.h).
int64_t clinux_device_size(int descriptor);
int clinux_sector_size(int descriptor);
int clinux_is_read_only(int descriptor);
int clinux_set_read_only(int descriptor, bool read_only);

// Loop devices (loop(4)). A free one's number; a file made into one; the one given back.
int clinux_free_loop(int control);
int clinux_attach_loop(int loop, int file, uint64_t offset, uint64_t length, bool read_only, bool vanishes_when_closed, const char *name);
int clinux_detach_loop(int loop);

// Mounting (mount(2)), and file systems that hang nowhere (fsopen(2); before kernel 5.2 a mount namespace that is left at once).
int clinux_mount(const char *source, const char *target, const char *type, unsigned long flags, const char *options);
int clinux_unmount(const char *target, int flags);
// The descriptor of the root of a file system that only this process sees; gone when it is closed.
// `options`: `word` or `word=value`, separated by commas. `message` receives what the kernel says, cut to `room`.
int clinux_open_detached(const char *type, const char *source, const char *options, char *message, int room);

// A regular file or a folder below a folder, opened for reading as if the folder were "/": links stay inside (openat2(2), from kernel 5.6 on).
int clinux_open_in_root(int folder, const char *path);

// The words the program was called with. Swift asks /proc for them, which an early boot and an empty chroot do not have.
int clinux_argument_count(void);
const char *clinux_argument(int number);

// Extended attributes (xattr(7)) of an open file: the names, each with a zero behind it; a value; and setting one.
int clinux_list_attributes(int descriptor, char *names, int room);
int clinux_get_attribute(int descriptor, const char *name, void *value, int room);
int clinux_set_attribute(int descriptor, const char *name, const void *value, int count);

// An empty file for reading and writing that has no name, on the file system of `folder`, or in memory where that is null.
int clinux_nameless_file(const char *folder);

extern const unsigned long clinux_mount_read_only, clinux_mount_no_suid, clinux_mount_no_dev, clinux_mount_no_exec, clinux_mount_no_atime,
    clinux_mount_bind, clinux_mount_remount, clinux_mount_private;

#endif
