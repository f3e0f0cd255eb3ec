/// How recorders are known to write, and some that nobody has seen yet.
enum KnownTrees {
    static let all: [TreeCase] = [
        TreeCase(
            name: "date folder, time name", template: "{camera}/{yyyy}-{MM}-{dd}/{HH}.{mm}.{ss}.{ext}", cameras: ["gate", "hall", "yard"]
        ) {
            "\($0.camera)/" + $0.format("y-M-d/H.m.s") + ".mp4"
        },
        TreeCase(
            name: "deep numbers", template: "{camera}/{yy}/{MM}/{dd}/{HH}/{mm}/{ss}/capture.{ext}", cameras: ["1", "2", "12"]
        ) {
            "\($0.camera)/" + $0.format("Y/M/d/H/m/s") + "/capture.mp4"
        },
        TreeCase(
            name: "event folders", template: "{camera}/{yyyy}-{MM}-{dd}/{sequence}/{sequence}-video.h264.{ext}", cameras: ["1", "2", "3"],
            resolution: 86_400_000_000
        ) {
            "\($0.camera)/" + $0.format("y-M-d") + "/\($0.sequence + 77)/\($0.sequence + 77)-video.h264.mp4"
        },
        TreeCase(
            name: "hour folder above the camera", template: "recordings/{yyyy}-{MM}-{dd}/{HH}/{camera}/{mm}.{ss}.{ext}", zone: "UTC",
            cameras: ["front", "back", "cam_3"], segmentSeconds: 10
        ) {
            "recordings/" + $0.format("y-M-d/H") + "/\($0.camera)/" + $0.format("m.s") + ".mp4"
        },
        TreeCase(
            name: "stamp with microseconds", template: "{camera}/{yyyy}-{MM}-{dd}_{HH}-{mm}-{ss}-{ffffff}.{ext}",
            cameras: ["lobby", "gate"], resolution: 1
        ) {
            "\($0.camera)/" + $0.format("y-M-d_H-m-s-u") + ".mp4"
        },
        TreeCase(name: "event number and stamp", template: "{camera}/{sequence}-{yyyy}{MM}{dd}{HH}{mm}{ss}.{ext}", cameras: ["c1", "c2"]) {
            "\($0.camera)/" + ($0.sequence < 10 ? "0" : "") + "\($0.sequence)-" + $0.format("yMdHms") + ".mkv"
        },
        TreeCase(name: "one camera, no name", template: "{yyyy}-{MM}-{dd}/{HH}-{mm}-{ss}.{ext}", cameras: ["only"], keys: []) {
            $0.format("y-M-d/H-m-s") + ".mp4"
        },
        TreeCase(name: "stamp with T", template: "{camera}/{yyyy}-{MM}-{dd}T{HH}-{mm}-{ss}.{ext}", cameras: ["aB3x", "Zk9"]) {
            "\($0.camera)/" + $0.format("y-M-dTH-m-s") + ".mp4"
        },
        TreeCase(
            name: "minute names with microseconds", template: "{camera}/{yyyy}-{MM}-{dd}/{HH}/{mm}-{ss}-{ffffff}.{ext}",
            cameras: ["cam-1", "cam-2"], segmentSeconds: 60, resolution: 1
        ) {
            "\($0.camera)/" + $0.format("y-M-d/H/m-s-u") + ".mp4"
        },
        TreeCase(name: "camera in the name", template: "{camera}_{yyyy}{MM}{dd}_{HH}{mm}{ss}.{ext}", cameras: ["cam1", "cam2", "cam3"]) {
            "\($0.camera)_" + $0.format("yMd_Hms") + ".mp4"
        },
        TreeCase(
            name: "camera and stream in the name", template: "{camera}-{yyyy}-{MM}-{dd}-{HH}-{mm}-{ss}-{stream}.{ext}",
            cameras: ["FrontDoor", "Garage"], streams: 2
        ) {
            "\($0.camera)-" + $0.format("y-M-d-H-m-s") + ($0.stream == 0 ? "-main" : "-sub") + ".mkv"
        },
        TreeCase(
            name: "names with dashes, spaces, accents", template: "{camera}/{yyyy}{MM}{dd}/{HH}{mm}{ss}.{ext}",
            cameras: ["Front Door", "Entrée-nord", "日本 2", "x"]
        ) {
            "\($0.camera)/" + $0.format("yMd/Hms") + ".avi"
        },
        TreeCase(
            name: "start and end", template: "{camera}/{yyyy}-{MM}-{dd}/{HH}.{mm}.{ss}-{*}[{kind}][0@0][0].{ext}",
            cameras: ["ch1", "ch2"], kinds: ["R", "M"]
        ) {
            "\($0.camera)/" + $0.format("y-M-d/H.m.s") + "-" + $0.format("H.m.s", end: true) + "[\($0.kind)][0@0][0].dav"
        },
        TreeCase(name: "stamp and one", template: "{camera}-{yyyy}{MM}{dd}-{HH}{mm}{ss}-1.{ext}", cameras: ["north gate", "south"]) {
            "\($0.camera)-" + $0.format("yMd-Hms") + "-1.mp4"
        },
        TreeCase(name: "dotted", template: "{camera}.{yyyy}{MM}{dd}_{HH}{mm}{ss}.{ext}", cameras: ["Cam4", "Yard"]) {
            "\($0.camera)." + $0.format("yMd_Hms") + ".mp4"
        },
        TreeCase(name: "glued stamp", template: "{camera}_{yyyy}{MM}{dd}{HH}{mm}{ss}.{ext}", cameras: ["RLC_00", "RLC_01"]) {
            "\($0.camera)_" + $0.format("yMdHms") + ".mp4"
        },
        TreeCase(
            name: "stamp and serial number", template: "{yyyy}{MM}{dd}_{HH}{mm}{ss}_{*}_{camera}.{ext}",
            cameras: ["ACCC8E000000", "ACCC8E0A1B2C"]
        ) {
            $0.format("yMd_Hms") + "_\(hex($0.utc / 1_000_000 &* 7919 % 65536))_\($0.camera).mkv"
        },
        TreeCase(
            name: "mac and epoch milliseconds", template: "{camera}_0_rotating_{epoch_ms}_{*}.{ext}", zone: "UTC",
            cameras: ["b4fbe4000001", "b4fbe4000002"], resolution: 1000
        ) {
            "\($0.camera)_0_rotating_" + $0.format("K") + "_\(hex($0.utc / 1_000_000 &* 104_729 % 1_048_576))x.mp4"
        },
        TreeCase(name: "day of year", template: "{camera}/{yyyy}/{DDD}/{HH}{mm}{ss}.{ext}", cameras: ["a", "b"]) {
            "\($0.camera)/" + $0.format("y/D/Hms") + ".ts"
        },
        TreeCase(name: "day of year, glued", template: "{camera}/{yyyy}{DDD}/{HH}{mm}{ss}.{ext}", cameras: ["a", "b"]) {
            "\($0.camera)/" + $0.format("yD/Hms") + ".ts"
        },
        TreeCase(name: "epoch seconds", template: "{camera}/{epoch}.{ext}", zone: "UTC", cameras: ["0018AE0A0B0C", "0018AE0A0B0D"]) {
            "\($0.camera)/" + $0.format("E") + ".mp4"
        },
        TreeCase(name: "epoch and duration", template: "{camera}/{epoch}_{duration}.{ext}", zone: "UTC", cameras: ["x", "y"]) {
            "\($0.camera)/" + $0.format("E") + "_\($0.durationUs / 1_000_000).mp4"
        },
        TreeCase(
            name: "local day around epoch", template: "{camera}/{yyyy}-{MM}-{dd}/{epoch}.{ext}", zone: "Europe/Paris", cameras: ["x", "y"]
        ) {
            "\($0.camera)/" + $0.format("y-M-d/E") + ".mp4"
        },
        TreeCase(
            name: "camera dot stream", template: "{camera}.{stream}/{yyyy}/{MM}/{dd}/{HH}{mm}{ss}.{ext}", cameras: ["31", "32", "40"],
            streams: 2
        ) {
            "\($0.camera).\(34 + $0.cameraIndex * 2 + $0.stream)/" + $0.format("y/M/d/Hms") + ".mp4"
        },
        TreeCase(
            name: "kind folders", template: "{camera}/{kind}/{yyyy}-{MM}-{dd}/{HH}-{mm}-{ss}.{ext}", cameras: ["7", "8", "9"],
            kinds: ["regul", "alarm"]
        ) {
            "\($0.camera)/\($0.kind)/" + $0.format("y-M-d/H-m-s") + ".mp4"
        },
        TreeCase(
            name: "site and camera", template: "{camera}/{camera}/{yyyy}{MM}{dd}/{HH}{mm}{ss}.{ext}",
            cameras: ["paris/gate", "paris/hall", "lyon/gate", "lyon/roof"]
        ) {
            "\($0.camera)/" + $0.format("yMd/Hms") + ".mp4"
        },
        TreeCase(
            name: "everything twice", template: "{camera}/{yyyy}/{MM}/{dd}/{camera}_{yyyy}{MM}{dd}_{HH}{mm}{ss}.{ext}",
            cameras: ["gate-1", "gate-2", "front_door"]
        ) {
            "\($0.camera)/" + $0.format("y/M/d/") + "\($0.camera)_" + $0.format("yMd_Hms") + ".mp4"
        },
        TreeCase(
            name: "hour folder told again", template: "{camera}/{yyyy}-{MM}-{dd}/{HH}/{yyyy}-{MM}-{dd}_{HH}-{mm}-{ss}.{ext}",
            cameras: ["n", "s"]
        ) {
            "\($0.camera)/" + $0.format("y-M-d/H/y-M-d_H-m-s") + ".mp4"
        },
        TreeCase(name: "without leading zeroes", template: "{camera}/{yyyy}/{MM}/{dd}/{HH}.{mm}.{ss}.{ext}", cameras: ["p", "q"]) {
            "\($0.camera)/" + $0.format("y/n/j/H.m.s") + ".mp4"
        },
        TreeCase(name: "zone in the name", template: "{camera}/{yyyy}-{MM}-{dd}_{HH}-{mm}-{ss}{zone}.{ext}", cameras: ["p", "q"]) {
            "\($0.camera)/" + $0.format("y-M-d_H-m-sz") + ".mp4"
        },
        TreeCase(name: "Zulu", template: "{camera}/{yyyy}{MM}{dd}T{HH}{mm}{ss}{zone}.{ext}", zone: "UTC", cameras: ["p", "q"]) {
            "\($0.camera)/" + $0.format("yMdTHms") + "Z.mp4"
        },
        TreeCase(name: "day first", template: "{camera}/{dd}-{MM}-{yyyy}/{HH}h{mm}m{ss}s.{ext}", cameras: ["p", "q"]) {
            "\($0.camera)/" + $0.format("d-M-y/") + $0.format("H") + "h" + $0.format("m") + "m" + $0.format("s") + "s.mp4"
        },
        TreeCase(
            name: "month first", template: "{camera}/{MM}-{dd}-{yyyy} {HH}.{mm}.{ss}.{ext}", zone: "America/New_York", cameras: ["p", "q"]
        ) {
            "\($0.camera)/" + $0.format("M-d-y H.m.s") + ".mp4"
        },
        TreeCase(
            name: "camera below the day", template: "{yyyy}-{MM}-{dd}/{camera}/{HH}{mm}{ss}{fff}.{ext}", cameras: ["3", "14"],
            resolution: 1000
        ) {
            $0.format("y-M-d") + "/\($0.camera)/" + $0.format("Hmsf") + ".mp4"
        },
        TreeCase(
            name: "camera in the name, date in the folder", template: "{yyyy}{MM}{dd}/{camera}_{HH}-{mm}-{ss}.{ext}",
            cameras: ["cam01", "cam02"]
        ) {
            $0.format("yMd") + "/\($0.camera)_" + $0.format("H-m-s") + ".mp4"
        },
        TreeCase(
            name: "numbers without time", template: "{camera}_{sequence}.{ext}", zone: "UTC", cameras: ["ch01", "ch02"], resolution: 0
        ) {
            "\($0.camera)_" + String(repeating: "0", count: 17 - String($0.sequence).count) + "\($0.sequence).mp4"
        },
        TreeCase(
            name: "network addresses", template: "{camera}/{yyyy}-{MM}-{dd}/{stream}/{HH}-{mm}-{ss}.{ext}",
            cameras: ["192.168.1.10", "192.168.1.11"], streams: 2
        ) {
            "\($0.camera)/" + $0.format("y-M-d") + "/\($0.stream)/" + $0.format("H-m-s") + ".mp4"
        },
        TreeCase(
            name: "uuid", template: "{camera}/{yyyy}/{MM}/{dd}/{HH}-{mm}-{ss}.{ext}",
            cameras: ["6f1c2d3e-1a2b-4c3d-8e9f-001122334455", "00000000-1a2b-4c3d-8e9f-a01122334455"]
        ) {
            "\($0.camera)/" + $0.format("y/M/d/H-m-s") + ".mp4"
        },
        TreeCase(name: "time before date", template: "{camera}/{HH}-{mm}-{ss}_{dd}-{MM}-{yyyy}.{ext}", cameras: ["p", "q"]) {
            "\($0.camera)/" + $0.format("H-m-s_d-M-y") + ".mp4"
        },
    ]

    private static func hex(_ value: Int64) -> String {
        let text = String(value, radix: 16, uppercase: true)
        return String(repeating: "0", count: max(0, 4 - text.count)) + text
    }
}
