import Glibc
import LinuxSystem

/// LVM, shown nothing but our read-only loops, and told to keep no record of its own.
enum LogicalVolumes {
    /// A volume group, and how many devices it lacks.
    struct Group: Equatable {
        var name: String
        var missing: Int
    }

    static func find(_ loops: [String], _ calls: DiskCalls) throws(SystemError) -> [Group] {
        groups(try run(["vgs", "--noheadings", "--separator", "|", "-o", "vg_name,vg_missing_pv_count"], loops: loops, calls))
    }

    static func activate(_ groups: [String], _ loops: [String], _ calls: DiskCalls) throws(SystemError) {
        _ = try run(["vgchange", "--activate", "y"] + groups, loops: loops, readOnly: groups, calls)
    }

    static func deactivate(_ loops: [String], _ calls: DiskCalls) throws(SystemError) {
        _ = try run(["vgchange", "--activate", "n"], loops: loops, calls)
    }

    private static func run(
        _ arguments: [String], loops: [String], readOnly: [String] = [], _ calls: DiskCalls
    ) throws(SystemError) -> String {
        let answer = try retrying("lvm", "LVM") {
            calls.runTool("lvm", arguments + ["--config", configuration(loops: loops, readOnly: readOnly)])
        }
        guard answer.status == 0 else {
            throw SystemError(call: "lvm", errno: answer.complaint.contains("in use") ? EBUSY : EIO, path: "LVM")
        }
        return answer.output
    }

    /// lvm.conf(5). No `udev_sync` where nobody answers it; no archive of the metadata, no list of devices, no monitor.
    static func configuration(loops: [String], readOnly: [String]) -> String {
        let accepted = loops.map { "\"a|^\($0)$|\"" }.joined(separator: ",")
        let filter = "[\(accepted),\"r|.*|\"]"
        let names = readOnly.map { "\"\($0)\"" }.joined(separator: ",")
        let list = readOnly.isEmpty ? "" : "read_only_volume_list=[\(names)] "
        let udev = access("/run/udev/control", F_OK) == 0 ? 1 : 0
        return "devices{ filter=\(filter) global_filter=\(filter) use_devicesfile=0 scan_lvs=0 obtain_device_list_from_udev=0 "
            + "external_device_info_source=\"none\" } activation{ \(list)monitoring=0 udev_sync=\(udev) udev_rules=\(udev) } "
            + "global{ event_activation=0 metadata_read_only=1 use_lvmlockd=0 } backup{ backup=0 archive=0 }"
    }

    static func groups(_ text: String) -> [Group] {
        text.split(separator: "\n").compactMap { line in
            let fields = line.split(separator: "|").map { $0.split(separator: " ").joined(separator: " ") }
            return fields.count == 2 && !fields[0].isEmpty ? Group(name: fields[0], missing: Int(fields[1]) ?? 0) : nil
        }
    }
}
