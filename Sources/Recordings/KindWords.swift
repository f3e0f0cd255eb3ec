/// What recorders call the kinds of a recording. Words, not products: the start of a word decides, in lower case.
enum KindWords {
    private static let alarm = ["alarm", "alert", "event", "evt", "motion", "mouv", "detect", "md", "trigger", "incident"]
    private static let regular = ["regul", "rec", "cont", "normal", "full", "time", "sched", "perm"]
    private static let snapshot = ["snap", "still", "pic", "image", "photo", "thumb", "jpg", "jpeg"]
    private static let guarded = ["prot", "lock", "verrou", "keep", "evidence", "archive"]

    static func kind(_ word: String) -> Segment.Kind {
        let word = word.lowercased()
        if snapshot.contains(where: word.hasPrefix) { return .snapshot }
        if alarm.contains(where: word.hasPrefix) { return .alarm }
        if regular.contains(where: word.hasPrefix) { return .regular }
        return .unknown
    }

    static func isProtected(_ word: String) -> Bool {
        let word = word.lowercased()
        return guarded.contains(where: word.hasPrefix)
    }
}
