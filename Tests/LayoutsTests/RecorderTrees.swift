/// More of what recorders write: dates in words and weeks, parts of a time spread over folders and names, tokens that belong
/// to one recording, streams told by a letter.
enum RecorderTrees {
    static let all: [TreeCase] = words + weeks + spread

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
}
