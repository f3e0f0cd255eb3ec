#ifndef CUDEV_H
#define CUDEV_H

#include <stdbool.h>

// libudev, where the program was linked with it. The portable flavour is made of the same objects and linked without it:
// the symbols are weak, and every call says so by failing.

// Whether libudev is there.
bool cudev_is_linked(void);

typedef void (*cudev_property)(void *context, const char *device_path, const char *key, const char *value);

// Every property that udev's database holds of every block device. Returns the number of devices, or -1.
int cudev_each_block_device(cudev_property receive, void *context);

// Changes of block devices, as udev announces them after its rules ran. NULL on failure.
void *cudev_watch(int *descriptor);
// The next change, if there is one: `action` ("add", "remove", "change") and the device's node, cut to `room`. False if there is none.
bool cudev_next_change(void *watch, char *action, char *node, int room);
void cudev_unwatch(void *watch);

#endif
