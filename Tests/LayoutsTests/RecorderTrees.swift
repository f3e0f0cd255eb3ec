/// More of what recorders write: dates in words and weeks, parts of a time spread over folders and names, tokens that belong
/// to one recording, streams told by a letter.
enum RecorderTrees {
    static let all: [TreeCase] = words + weeks + spread + tokens

    private static let words: [TreeCase] = [
        TreeCase(
            name: "half days", template: "{camera}/{MM}-{dd}-{yyyy}_{HH}-{mm}-{ss}_{AMPM}.{ext}", zone: "America/New_York",
            cameras: ["gate", "hall"]
        ) {
            "\($0.camera)/" + $0.format("M-d-y_I-m-s_p") + ".mp4"
        },
        TreeCase(name: "half days, small and glued", template: "{camera} {dd}.{MM}.{yyyy} {HH}.{mm}.{ss}{AMPM}.{ext}", cameras: ["p", "q"])
        {
            "\($0.camera) " + $0.format("d.M.y I.m.s") + $0.format("p").lowercased() + ".mp4"
        },
        TreeCase(
            name: "folders by half day", template: "{camera}/{yyyy}{MM}{dd}{AMPM}/{camera}-{yyyy}{MM}{dd}-{HH}{mm}{ss}.{ext}",
            cameras: ["Entrance", "Back Yard"]
        ) {
            "\($0.camera)/" + $0.format("yMdp") + "/\($0.camera)-" + $0.format("yMd-Hms") + ".mp4"
        },
        TreeCase(name: "month by name", template: "{camera}/{dd}-{MMM}-{yyyy}/{HH}-{mm}-{ss}.{ext}", cameras: ["gate", "hall"]) {
            "\($0.camera)/" + $0.format("d-b-y/H-m-s") + ".mp4"
        },
        TreeCase(
            name: "month by its French name", template: "{camera}/{yyyy}/{MMM}/{dd}/{HH}h{mm}m{ss}.{ext}", cameras: ["Entrée", "Quai"],
            segmentSeconds: 3600
        ) {
            let month = [
                "janvier", "Février", "mars", "avril", "mai", "juin", "juillet", "Août", "septembre", "octobre", "novembre", "décembre",
            ]
            return "\($0.camera)/" + $0.format("y/") + month[$0.month - 1] + $0.format("/d/H") + "h" + $0.format("m") + "m" + $0.format("s")
                + ".mp4"
        },
        TreeCase(
            name: "a whole sentence", template: "{camera} - {*}, {MMM} {dd}, {yyyy} at {HH}.{mm}.{ss} {AMPM}.{ext}",
            cameras: ["Front Porch", "Driveway"], segmentSeconds: 3000
        ) {
            let days = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
            return "\($0.camera) - \(days[(Int($0.format("e")) ?? 1) - 1]), " + $0.format("b d, y ") + "at " + $0.format("I.m.s p") + ".mp4"
        },
        TreeCase(
            name: "month by number and name", template: "{camera}/{yyyy}/{MM}-{MMM}/{dd}/{HH}{mm}{ss}.{ext}", cameras: ["gate", "hall"]
        ) {
            "\($0.camera)/" + $0.format("y/M-b/d/Hms") + ".mp4"
        },
    ]

    private static let weeks: [TreeCase] = [
        TreeCase(name: "week above the date", template: "{camera}/{GGGG}-W{ww}/{yyyy}{MM}{dd}_{HH}{mm}{ss}.{ext}", cameras: ["p", "q"]) {
            "\($0.camera)/" + $0.format("G-Ww/yMd_Hms") + ".mp4"
        },
        TreeCase(name: "week date", template: "{camera}/{GGGG}-W{ww}-{e}/{HH}-{mm}-{ss}.{ext}", cameras: ["p", "q"]) {
            "\($0.camera)/" + $0.format("G-Ww-e/H-m-s") + ".mp4"
        },
    ]

    private static let spread: [TreeCase] = [
        TreeCase(
            name: "milliseconds below the hour", template: "{camera}/{yyyy}-{MM}-{dd}/{HH}/{mm}{ss}{fff}.{ext}", cameras: ["p", "q"],
            resolution: 1000
        ) {
            "\($0.camera)/" + $0.format("y-M-d/H/msf") + ".mp4"
        },
        TreeCase(
            name: "milliseconds below the minute", template: "{camera}/{yyyy}{MM}{dd}/{HH}/{mm}/{ss}{fff}.{ext}", cameras: ["p", "q"],
            segmentSeconds: 61, resolution: 1000
        ) {
            "\($0.camera)/" + $0.format("yMd/H/m/sf") + ".mp4"
        },
        TreeCase(
            name: "local time around an epoch", template: "{yyyy}{MM}{dd}{HH}/{mm}M{ss}S_{epoch}.{ext}", zone: "UTC", cameras: ["only"],
            keys: [], segmentSeconds: 60
        ) {
            $0.format("yMdH/m") + "M" + $0.format("s") + "S_" + $0.format("E") + ".mp4"
        },
        TreeCase(
            name: "hour folders, minutes in names", template: "{camera}/{yyyy}{MM}{dd}{HH}/{mm}M{ss}S.{ext}", cameras: ["p", "q"],
            segmentSeconds: 60
        ) {
            "\($0.camera)/" + $0.format("yMdH/m") + "M" + $0.format("s") + "S.mp4"
        },
    ]

    /// A number that looks random, the same for one recording in every run.
    private static func code(_ seed: Int64, _ count: Int, radix: Int) -> String {
        var numbers = Numbers(state: UInt64(truncatingIfNeeded: seed))
        for _ in 0..<3 { _ = numbers.next(below: 7) }
        return (0..<count).map { _ in String(numbers.next(below: Int64(radix)), radix: radix, uppercase: true) }.joined()
    }

    /// Six segments in one folder.
    private static func recording(_ moment: Moment) -> Moment {
        var first = moment
        let earlier = Int64((moment.sequence - 1) % 1000 % 6) * moment.durationUs
        first.utc -= earlier
        first.local -= earlier
        return first
    }

    /// Not among the others: a recording that goes on past midnight makes two layouts of it.
    static let recordingFolders = TreeCase(name: "folder of a recording", template: "", cameras: ["ACCC8E000001", "ACCC8E0A1B2C"]) {
        let first = recording($0)
        return first.format("yMd_Hms") + "_\(code(first.utc, 4, radix: 16))_\($0.camera)/" + $0.format("yMd_H/yMd_Hms")
            + "_\(code($0.utc + 1, 4, radix: 16)).mkv"
    }

    private static let tokens: [TreeCase] = [
        TreeCase(
            name: "cameras with different separators", template: "{epoch}_6-{#}_{camera}_{#}-{#}-{#}-{#}_{#}_{#}.{ext}", zone: "UTC",
            cameras: ["frontdoor", "front-door", "garage", "back_yard"]
        ) {
            let box = ["200-200-400-400", "10-20-300-400", "0-0-0-0"][Int($0.utc / 1_000_000 % 3)]
            return $0.format("E") + "_6-\(code($0.utc + 1, 6, radix: 10))_\($0.camera)_\(box)_\(code($0.utc, 2, radix: 10))_"
                + "\(code($0.utc + 2, 3, radix: 10)).mp4"
        },
        TreeCase(
            name: "folder of a recording by a random name", template: "{camera}/{yyyy}-{MM}-{dd}/{*}/{HH}{mm}{ss}.{ext}",
            cameras: ["gate", "hall"]
        ) {
            "\($0.camera)/" + $0.format("y-M-d") + "/\(code(recording($0).utc, 8, radix: 16))/" + $0.format("Hms") + ".mp4"
        },
        TreeCase(
            name: "folders of ten", template: "{camera}/{*}/{yyyy}{MM}{dd}_{HH}{mm}{ss}.{ext}", cameras: ["1", "2", "3"]
        ) {
            "\($0.camera)/00\(10 + $0.sequence % 1000 / 10)/" + $0.format("yMd_Hms") + ".mp4"
        },
        TreeCase(
            name: "counter and camera glued", template: "{yyyy}_{MM}{dd}_{HH}{mm}{ss}_{sequence}{camera}.{ext}", cameras: ["F", "R"]
        ) {
            $0.format("y_Md_Hms") + "_0\(100 + $0.sequence % 1000)\($0.camera).mp4"
        },
        TreeCase(
            name: "stream glued to the camera", template: "{camera}{stream}/{yyyy}{MM}{dd}{HH}{mm}{ss}.{ext}", cameras: ["ch01", "ch02"],
            streams: 2
        ) {
            "\($0.camera)" + ($0.stream == 0 ? "main" : "sub") + $0.format("/yMdHms") + ".mp4"
        },
        TreeCase(
            name: "stream by a letter", template: "Rec{stream}{camera}_{yyyy}{MM}{dd}_{HH}{mm}{ss}_{*}.{ext}", cameras: ["01", "02", "03"],
            streams: 2, pixels: [8_294_400, 307_200]
        ) {
            "Rec\($0.stream == 0 ? "M" : "S")\($0.camera)_" + $0.format("yMd_Hms_") + $0.format("Hms", end: true) + ".mp4"
        },
    ]
}
