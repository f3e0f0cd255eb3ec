/// What a recording is, by the word that a path uses for it.
public enum RecordingKind: String, Sendable, CaseIterable {
    case regular, alarm, snapshot, unknown

    /// Words of several languages; numbers behind a word are ignored.
    public init(word: String) {
        let name = NameLexicon.kindWord(word)
        if NameLexicon.regular.contains(name) {
            self = .regular
        } else if NameLexicon.alarm.contains(name) {
            self = .alarm
        } else if NameLexicon.snapshot.contains(name) {
            self = .snapshot
        } else {
            self = .unknown
        }
    }

    /// Whether the word says that a person wanted the recording kept.
    public static func isProtected(word: String) -> Bool {
        NameLexicon.guarded.contains(NameLexicon.stem(word))
    }
}

/// Words that recorders of any make use in paths. Nothing here names a product.
enum NameLexicon {
    static let regular: Set<String> = [
        "regul", "regular", "regulier", "régulier", "normal", "continuous", "continu", "continue", "cont", "schedule", "scheduled",
        "sched", "timer", "timed", "timing", "time", "planned", "permanent", "always", "general", "constant", "rotating", "dauer", "r", "c",
        "t",
    ]
    static let alarm: Set<String> = [
        "alarm", "alarme", "alarms", "alert", "alerte", "alerts", "alertes", "event", "events", "evenement", "événement", "évènement",
        "motion", "motions", "mouvement", "move", "trigger", "triggered", "intrusion", "detection", "detect", "incident", "emergency",
        "sos", "panic", "prealarm", "ereignis", "bewegung", "a", "m", "e",
    ]
    static let snapshot: Set<String> = [
        "snapshot", "snapshots", "snap", "snaps", "still", "stills", "image", "images", "photo", "photos", "picture", "pictures", "jpg",
        "jpeg", "s",
    ]
    static let guarded: Set<String> = [
        "protected", "protege", "protegee", "protégé", "protégée", "locked", "lock", "verrouille", "verrouillé",
    ]
    private static let otherKinds: Set<String> = guarded.union(["manual", "manuel", "timelapse"])

    /// Words that say what a recording is even when the whole tree uses one of them only.
    private static let unmistakable: Set<String> = [
        "regul", "regular", "alarm", "alarme", "alert", "alerte", "continuous", "continu", "scheduled",
    ]

    private static let streams: Set<String> = [
        "main", "sub", "third", "mainstream", "substream", "primary", "secondary", "principal", "secondaire", "hd", "md", "ld", "sd",
        "hi", "lo", "high", "low", "medium", "highres", "lowres", "hq", "lq", "full", "preview", "proxy", "extra", "stream", "s",
    ]

    /// Directories that hold cameras, and are none.
    private static let containers: Set<String> = [
        "recordings", "recording", "records", "record", "recorded", "rec", "recs", "enregistrements", "enregistrement", "video", "videos",
        "media", "storage", "data", "archive", "archives", "clips", "clip", "movies", "movie", "dvr", "nvr", "surveillance", "footage",
        "segments", "segment", "stream", "streams", "files", "cctv", "backup", "backups", "mnt", "srv", "home", "var", "lib", "tmp", "disk",
        "volume", "output", "export", "exports", "cam", "cams", "camera", "cameras", "cache", "public", "share", "root", "old", "new",
        "file", "mp", "tranches", "slices", "vod", "hls", "live", "monitors",
    ]

    private static let cameraWords: Set<String> = [
        "cam", "camera", "kamera", "camara", "ch", "chan", "channel", "canal", "kanal", "ipc", "ipcam", "mon", "monitor", "cctv",
    ]

    static func stem(_ word: String) -> String {
        var text = Substring(word.lowercased())
        while let last = text.unicodeScalars.last, ("0"..."9").contains(last) || last == "_" || last == "-" {
            text.unicodeScalars.removeLast()
        }
        return String(text)
    }

    /// The word of the lexicon that a word is, or ends with where that is long enough to be no chance: `MDalarm`.
    static func kindWord(_ word: String) -> String {
        let name = stem(word)
        let isKnown = { (text: String) in regular.contains(text) || alarm.contains(text) || snapshot.contains(text) }
        guard !isKnown(name), name.utf8.count <= 24 else { return name }
        var end = Substring(name)
        while end.utf8.count > 5 {
            end.removeFirst()
            if isKnown(String(end)) { return String(end) }
        }
        return name
    }

    static func isKind(_ word: String) -> Bool {
        let name = kindWord(word)
        // A single letter is a kind only if it stands alone and is written as a code.
        if name.utf8.count == 1, word.utf8.count > 1 || word.uppercased() != word { return false }
        return regular.contains(name) || alarm.contains(name) || snapshot.contains(name) || otherKinds.contains(name)
    }

    static func isUnmistakableKind(_ word: String) -> Bool { unmistakable.contains(stem(word)) }

    static func isStream(_ word: String) -> Bool {
        let text = word.lowercased()
        return streams.contains(stem(text)) && (text.utf8.count > 1)
    }

    static func isContainer(_ word: String) -> Bool { containers.contains(stem(word)) || containers.contains(word.lowercased()) }

    /// `cam1`, `Channel-03`, an address.
    static func looksLikeCamera(_ word: String) -> Bool {
        let name = stem(word)
        return name.utf8.count < word.utf8.count && cameraWords.contains(name.trimmingSeparators()) || isAddress(word)
    }

    /// A word, or several, of which one at least means nothing to a recorder.
    static func mayNameCamera(_ text: String) -> Bool {
        text.split { !$0.isLetter }.contains { part in
            let word = String(part)
            return word.unicodeScalars.count >= 3 && !isContainer(word) && !isKind(word) && !isStream(word)
                && !fileWords.contains(word.lowercased())
        }
    }

    /// What cameras, telephones and programs write in front of a date.
    private static let fileWords: Set<String> = [
        "img", "vid", "mov", "dsc", "mvi", "pxl", "gopr", "dji", "capture", "captures", "screen", "screenshot", "untitled", "sequence",
        "film", "films", "utc", "gmt", "cet", "cest", "date", "day", "hour", "jour", "heure", "from", "start", "end", "begin",
    ]

    /// A MAC or IPv4 address, a UUID.
    static func isAddress(_ word: String) -> Bool {
        let bytes = Array(word.utf8)
        let hex = bytes.filter { Ascii.isDigit($0) || (($0 | 0x20) &- 97 < 6) }.count
        let others = bytes.count - hex
        if hex == 12, others == 0 || (others == 5 && word.split(whereSeparator: { ":-_".contains($0) }).count == 6) { return true }
        if hex == 32, others == 0 || others == 4 { return true }
        let quads = word.split(separator: ".", omittingEmptySubsequences: false)
        return quads.count == 4 && quads.allSatisfy { Int($0).map { (0...255).contains($0) } ?? false }
    }
}

extension String {
    fileprivate func trimmingSeparators() -> String {
        var text = Substring(self)
        while let last = text.last, "-_ .".contains(last) { text.removeLast() }
        return String(text)
    }
}
