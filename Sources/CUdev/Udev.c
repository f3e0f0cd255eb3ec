#include "CUdev.h"

#include <libudev.h>
#include <stdio.h>
#include <stdlib.h>

#pragma weak udev_new
#pragma weak udev_unref
#pragma weak udev_enumerate_new
#pragma weak udev_enumerate_unref
#pragma weak udev_enumerate_add_match_subsystem
#pragma weak udev_enumerate_scan_devices
#pragma weak udev_enumerate_get_list_entry
#pragma weak udev_list_entry_get_next
#pragma weak udev_list_entry_get_name
#pragma weak udev_list_entry_get_value
#pragma weak udev_device_new_from_syspath
#pragma weak udev_device_unref
#pragma weak udev_device_get_properties_list_entry
#pragma weak udev_device_get_action
#pragma weak udev_device_get_devnode
#pragma weak udev_monitor_new_from_netlink
#pragma weak udev_monitor_unref
#pragma weak udev_monitor_filter_add_match_subsystem_devtype
#pragma weak udev_monitor_enable_receiving
#pragma weak udev_monitor_get_fd
#pragma weak udev_monitor_receive_device

bool cudev_is_linked(void) { return udev_new != NULL; }

int cudev_each_block_device(cudev_property receive, void *context) {
    if (!cudev_is_linked()) return -1;
    struct udev *udev = udev_new();
    if (!udev) return -1;
    struct udev_enumerate *list = udev_enumerate_new(udev);
    int count = -1;
    if (list && udev_enumerate_add_match_subsystem(list, "block") >= 0 && udev_enumerate_scan_devices(list) >= 0) {
        count = 0;
        for (struct udev_list_entry *entry = udev_enumerate_get_list_entry(list); entry; entry = udev_list_entry_get_next(entry)) {
            const char *path = udev_list_entry_get_name(entry);
            struct udev_device *device = udev_device_new_from_syspath(udev, path);
            if (!device) continue; // pulled out in between
            count++;
            struct udev_list_entry *property = udev_device_get_properties_list_entry(device);
            for (; property; property = udev_list_entry_get_next(property)) {
                const char *value = udev_list_entry_get_value(property);
                receive(context, path, udev_list_entry_get_name(property), value ? value : "");
            }
            udev_device_unref(device);
        }
    }
    if (list) udev_enumerate_unref(list);
    udev_unref(udev);
    return count;
}

struct watch {
    struct udev *udev;
    struct udev_monitor *monitor;
};

void *cudev_watch(int *descriptor) {
    if (!cudev_is_linked()) return NULL;
    struct watch *watch = calloc(1, sizeof *watch);
    if (!watch) return NULL;
    watch->udev = udev_new();
    if (watch->udev) watch->monitor = udev_monitor_new_from_netlink(watch->udev, "udev");
    if (!watch->monitor || udev_monitor_filter_add_match_subsystem_devtype(watch->monitor, "block", NULL) < 0
        || udev_monitor_enable_receiving(watch->monitor) < 0) {
        cudev_unwatch(watch);
        return NULL;
    }
    *descriptor = udev_monitor_get_fd(watch->monitor);
    return watch;
}

bool cudev_next_change(void *opaque, char *action, char *node, int room) {
    struct watch *watch = opaque;
    struct udev_device *device = udev_monitor_receive_device(watch->monitor);
    if (!device) return false;
    const char *what = udev_device_get_action(device), *where = udev_device_get_devnode(device);
    snprintf(action, (size_t)room, "%s", what ? what : "");
    snprintf(node, (size_t)room, "%s", where ? where : "");
    udev_device_unref(device);
    return true;
}

void cudev_unwatch(void *opaque) {
    struct watch *watch = opaque;
    if (!watch) return;
    if (watch->monitor) udev_monitor_unref(watch->monitor);
    if (watch->udev) udev_unref(watch->udev);
    free(watch);
}
