import Recordings
import Recovery
import Reporting
import Wording

/// What the menu would offer, for programs.
public enum MenuReport {
    public static func json(_ model: MenuModel, language: Language) -> JSON {
        .object([
            ("schema", "camtrace-rescue/menu/1"), ("next", .optional(model.next?.rawValue)),
            (
                "entries",
                .array(
                    model.rows.map { row in
                        let (state, reason): (String, String?) =
                            switch row.state {
                            case .done: ("done", nil)
                            case .ready: ("ready", nil)
                            case .incomplete(let volumes): ("incomplete", language.menuHidden(volumes))
                            case .waiting(let reason): ("waiting", language.menuWaiting(reason.id))
                            }
                        return .object([
                            ("id", .string(row.entry.rawValue)), ("title", .string(language.menuEntry(row.entry.rawValue))),
                            ("state", .string(state)), ("reason", .optional(reason)),
                        ])
                    })
            ),
            (
                "restore",
                .object([
                    ("state", .string(model.objection == nil ? "ready" : "waiting")),
                    ("reason", .optional(model.objection.map { language.complaint($0).message })),
                ])
            ),
        ])
    }
}
