/// Trees that nobody was seen to write, to keep the inference honest.
enum OddTrees {
    static let all: [TreeCase] = [
        TreeCase(
            name: "date above camera above stream", template: "{yyyy}/{MM}/{dd}/{camera}/{stream}/{HH}{mm}{ss}.{ext}",
            cameras: ["cam1", "cam2"], streams: 2
        ) {
            $0.format("y/M/d/") + "\($0.camera)/" + ($0.stream == 0 ? "main/" : "sub/") + $0.format("Hms") + ".mp4"
        },
        TreeCase(
            name: "seconds as names", template: "{camera}/{yyyy}{MM}{dd}/{HH}/{mm}/{ss}.{ext}", cameras: ["CAM01", "CAM02"],
            segmentSeconds: 61
        ) {
            "\($0.camera)/" + $0.format("yMd/H/m/s") + ".mp4"
        },
        TreeCase(name: "two stamps", template: "record/{camera}/{yyyy}{MM}{dd}{HH}{mm}{ss}_{*}.{ext}", cameras: ["0001", "0002"]) {
            "record/\($0.camera)/" + $0.format("yMdHms") + "_" + $0.format("yMdHms", end: true) + ".mp4"
        },
        TreeCase(
            name: "many words", template: "{camera}_main_{yyyy}{MM}{dd}{HH}{mm}{ss}_{*}.{ext}", cameras: ["NVR_ch1", "NVR_ch2"]
        ) {
            "\($0.camera)_main_" + $0.format("yMdHms") + "_" + $0.format("yMdHms", end: true) + ".dav"
        },
        TreeCase(
            name: "address in the name", template: "{camera}_01_{yyyy}{MM}{dd}{HH}{mm}{ss}.{ext}",
            cameras: ["192.168.1.10", "192.168.1.11"]
        ) {
            "\($0.camera)_01_" + $0.format("yMdHms") + ".mp4"
        },
        TreeCase(
            name: "mac with dashes", template: "{camera}_{yyyy}-{MM}-{dd}_{HH}-{mm}-{ss}.{ext}",
            cameras: ["00-11-22-aa-bb-01", "00-11-22-aa-bb-02"]
        ) {
            "\($0.camera)_" + $0.format("y-M-d_H-m-s") + ".mp4"
        },
        TreeCase(
            name: "colons, milliseconds, Zulu", template: "{camera}_{stream}_{yyyy}-{MM}-{dd}T{HH}:{mm}:{ss}.{fff}{zone}.{ext}",
            zone: "UTC",
            cameras: ["A_front", "A_back"], streams: 2, resolution: 1000
        ) {
            "\($0.camera)_" + ($0.stream == 0 ? "hd" : "ld") + "_" + $0.format("y-M-dTH:m:s.f") + "Z.mp4"
        },
        TreeCase(name: "epoch with fraction", template: "{camera}/{epoch}.{ffffff}.{ext}", zone: "UTC", cameras: ["u", "v"], resolution: 1)
        {
            "\($0.camera)/" + $0.format("E.u") + ".mp4"
        },
        TreeCase(
            name: "counter of the day", template: "{camera}/{yyyy}-{MM}-{dd}/{sequence}.{ext}", cameras: ["u", "v"],
            resolution: 86_400_000_000
        ) {
            "\($0.camera)/" + $0.format("y-M-d") + "/0000\($0.local % 86_400_000_000 / 600_000_000 + 1000).mp4"
        },
        TreeCase(name: "duration with unit", template: "{camera}/{yyyy}{MM}{dd}_{HH}{mm}{ss}_{duration}s.{ext}", cameras: ["u", "v"]) {
            "\($0.camera)/" + $0.format("yMd_Hms") + "_\($0.durationUs / 1_000_000)s.mp4"
        },
        TreeCase(name: "letters before stamps", template: "{camera}/S{yyyy}-{MM}-{dd}_{HH}-{mm}-{ss}_{*}.{ext}", cameras: ["E1", "E2"]) {
            "\($0.camera)/S" + $0.format("y-M-d_H-m-s") + "_E" + $0.format("y-M-d_H-m-s", end: true) + ".mkv"
        },
        TreeCase(name: "short year", template: "{camera}/{yy}{MM}{dd}_{HH}{mm}{ss}.{ext}", cameras: ["u", "v"]) {
            "\($0.camera)/" + $0.format("YMd_Hms") + ".avi"
        },
        TreeCase(name: "short year last", template: "{camera}/{dd}{MM}{yy}/{HH}{mm}{ss}.{ext}", cameras: ["u", "v"]) {
            "\($0.camera)/" + $0.format("dMY/Hms") + ".avi"
        },
        TreeCase(name: "minutes", template: "{camera}/{yyyy}-{MM}-{dd}/{HH}_{mm}.{ext}", cameras: ["u", "v"], resolution: 60_000_000) {
            "\($0.camera)/" + $0.format("y-M-d/H_m") + ".mp4"
        },
        TreeCase(
            name: "hours", template: "{camera}/{yyyy}-{MM}-{dd}/{HH}.{ext}", cameras: ["u", "v"], segmentSeconds: 3600,
            resolution: 3_600_000_000
        ) {
            "\($0.camera)/" + $0.format("y-M-d/H") + ".mp4"
        },
        TreeCase(
            name: "hours, glued", template: "{camera}/{yyyy}{MM}{dd}{HH}.{ext}", cameras: ["u", "v"], segmentSeconds: 3600,
            resolution: 3_600_000_000
        ) {
            "\($0.camera)/" + $0.format("yMdH") + ".mp4"
        },
        TreeCase(
            name: "kind and camera behind the stamp", template: "event_{yyyy}-{MM}-{dd}_{HH}.{mm}.{ss}_{kind}_{camera}.{ext}",
            cameras: ["front", "rear"],
            kinds: ["continuous", "motion"]
        ) {
            "event_" + $0.format("y-M-d_H.m.s") + "_\($0.kind)_\($0.camera).mkv"
        },
        TreeCase(
            name: "counter, stamp, duration", template: "{camera}/{sequence}_{yyyy}{MM}{dd}{HH}{mm}{ss}_{duration}.{ext}",
            cameras: ["u", "v"]
        ) {
            "\($0.camera)/\(100_000 + $0.sequence)_" + $0.format("yMdHms") + "_\($0.durationUs / 1_000_000).mp4"
        },
        TreeCase(
            name: "disks in turn", template: "{*}/{camera}/{yyyy}{MM}{dd}/{HH}{mm}{ss}.{ext}", cameras: ["gate", "hall", "roof"]
        ) {
            "disk\($0.utc / 7_200_000_000 % 3)/\($0.camera)/" + $0.format("yMd/Hms") + ".mp4"
        },
        TreeCase(name: "epoch microseconds", template: "{camera}_{epoch_us}.{ext}", zone: "UTC", cameras: ["cam1", "cam2"], resolution: 1) {
            "\($0.camera)_" + $0.format("U") + ".mkv"
        },
        TreeCase(
            name: "all at once", template: "{yyyy}{MM}{dd}/{yyyy}{MM}{dd}T{HH}{mm}{ss}.{ffffff}{zone}_{camera}.{ext}",
            cameras: ["cam1", "cam2"], resolution: 1
        ) {
            $0.format("yMd/yMdTHms.uz") + "_\($0.camera).mp4"
        },
        TreeCase(
            name: "many cameras by number", template: "{camera}/{yyyy}/{MM}/{dd}/{HH}/{mm}{ss}.{ext}", cameras: (1...32).map(String.init),
            segmentSeconds: 300
        ) {
            "\($0.camera)/" + $0.format("y/M/d/H/ms") + ".mp4"
        },
        TreeCase(
            name: "camera number before the stamp", template: "{yyyy}-{MM}-{dd}/{camera}_{HH}{mm}{ss}.{ext}",
            cameras: (1...20).map { $0 < 10 ? "0\($0)" : "\($0)" }
        ) {
            $0.format("y-M-d") + "/\($0.camera)_" + $0.format("Hms") + ".mp4"
        },
        TreeCase(
            name: "dates with dots and spaces", template: "{camera}/{dd}.{MM}.{yyyy} {HH}-{mm}-{ss}.{ext}", cameras: ["Büro", "Lager"]
        ) {
            "\($0.camera)/" + $0.format("d.M.y H-m-s") + ".avi"
        },
        TreeCase(name: "braces", template: "{{all}/{camera}/{yyyy}{MM}{dd}{HH}{mm}{ss}.{ext}", cameras: ["{a}", "{b}"]) {
            "{all}/\($0.camera)/" + $0.format("yMdHms") + ".mp4"
        },
        TreeCase(
            name: "no extension", template: "{camera}/{yyyy}-{MM}-{dd}/{HH}-{mm}-{ss}", cameras: ["a1", "b2"]
        ) {
            "\($0.camera)/" + $0.format("y-M-d/H-m-s")
        },
        TreeCase(
            name: "parts of a recording", template: "{camera}/{yyyy}-{MM}-{dd}_{HH}-{mm}-{ss}/{sequence}.{ext}", cameras: ["a", "b"],
            resolution: 1_000_000
        ) {
            "\($0.camera)/" + $0.format("y-M-d_H-m-s") + "/00\($0.sequence % 1000 + 100).ts"
        },
    ]
}
