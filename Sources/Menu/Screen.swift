import CNewt
import Glibc
import LinuxSystem

/// The windows of the menu, in newt's components: made for 80 columns and 24 lines, without colour if need be, over a serial line.
///
/// One window is open at a time; each function opens one, waits for the person, and closes it.
final class Screen {
    private(set) var columns = 80
    private(set) var lines = 24
    private let title: String
    private let keys: String
    /// Said below text that goes on: not every terminal shows the bar beside it.
    private let more: String
    /// What F2 does, from every window.
    var openShell: () -> Void = {}

    /// A row of a list, and what is said below while it is the current one.
    struct Row {
        var text: String
        var detail = ""
    }

    struct Field {
        var label: String
        var value = ""
        var isHidden = false
    }

    /// Nil where newt is not installed, or there is no terminal that it can use.
    init?(title: String, keys: String, more: String) {
        guard cnewt_open() else { return nil }
        self.title = title
        self.keys = keys
        self.more = more
        drawRoot()
    }

    func close() { cnewt_close() }

    /// The terminal went away while a shell had it: the signal was for that shell, and newt would read the end for ever.
    static var isGone: Bool {
        var terminal = pollfd(fd: STDIN_FILENO, events: 0, revents: 0)
        return poll(&terminal, 1, 0) == 1 && terminal.revents & Int16(POLLHUP | POLLERR | POLLNVAL) != 0
    }

    /// The terminal as it was before, for a program that takes it over.
    func suspended(_ body: () -> Void) {
        cnewt_suspend()
        body()
        cnewt_resume()
    }

    private func drawRoot() {
        var (width, height): (Int32, Int32) = (80, 24)
        cnewt_size(&width, &height)
        (columns, lines) = (max(Int(width), 40), max(Int(height), 16))
        cnewt_root_text(1, 0, title)
        cnewt_help_line(keys)
    }

    /// Text is wrapped to this by whoever brings its own lines.
    var textWidth: Int { min(columns - 8, 110) }

    /// Beside a bar, for which newt takes two columns more than it was given: what commands print fits into either.
    var scrolledWidth: Int { textWidth - 2 }

    // MARK: - Windows

    /// A list. Nil where it was left with Esc. A numbered one answers to its digits too: arrows get lost on some serial lines.
    func choose(_ title: String, _ words: String = "", _ rows: [Row], start: Int = 0, isNumbered: Bool = false) -> Int? {
        let width = textWidth
        var intro = Self.paragraphs(words, width)
        // Rows that nobody sees are worse than a sentence cut short, which is whole elsewhere: the root line, the help line, the
        // frame and its shadow, two lines of introduction and two blank ones are needed besides.
        let mostDetail = max(2, lines - 5 - rows.count - (intro.isEmpty ? 1 : 4))
        let details = rows.map { row in
            let text = Self.paragraphs(row.detail, width)
            return text.count > mostDetail ? text.prefix(mostDetail - 1) + [Self.fitted(text[mostDetail - 1] + " …", width)] : text
        }
        let detailLines = details.map(\.count).max() ?? 0
        let room = lines - 5 - (detailLines == 0 ? 0 : detailLines + 1)
        let most = max(2, room - rows.count - 1)
        if intro.count > most { intro = intro.prefix(most - 1) + [Self.fitted(intro[most - 1] + " …", width)] }
        let fixed = (intro.isEmpty ? 0 : intro.count + 1) + (detailLines == 0 ? 0 : detailLines + 1)
        let listLines = max(3, min(rows.count, lines - 5 - fixed))
        let window = Window(width, fixed + listLines, title)
        defer { window.close() }
        var top = 0
        if !intro.isEmpty {
            window.text(intro, at: top)
            top += intro.count + 1
        }
        let list = cnewt_list(1, Int32(top), Int32(width), Int32(listLines), rows.count > listLines)
        for (index, row) in rows.enumerated() {
            cnewt_append(list, Self.fitted(row.text, width - (rows.count > listLines ? 2 : 0)), index)
        }
        window.add(list)
        let below = Below(details)
        if detailLines > 0 {
            below.text = cnewt_text(1, Int32(top + listLines + 1), Int32(width), Int32(detailLines), false)
            if let text = below.text { window.add(text) }
            cnewt_on_change(
                list,
                { list, context in
                    Unmanaged<Below>.fromOpaque(context).takeUnretainedValue().show(cnewt_current(list))
                }, Unmanaged.passUnretained(below).toOpaque())
        }
        cnewt_select(list, Int32(min(start, rows.count - 1)))
        below.show(cnewt_current(list))
        if isNumbered { for key in rows.indices.prefix(10).flatMap(Self.digits) { cnewt_hot_key(window.form, key) } }
        return withExtendedLifetime(below) {
            switch run(window) {
            case .chosen, .enter: rows.isEmpty ? nil : cnewt_current(list)
            case .key(let key): rows.indices.prefix(10).first { Self.digits($0).contains(key) }
            case .left: nil
            }
        }
    }

    /// 1 to 9, then 0; and what their keys give on a French keyboard without Shift. Newt hands on bytes: of a letter with an accent the
    /// last one tells (in UTF-8 all begin alike), or the only one (Latin-1).
    private static func digits(_ row: Int) -> [Int32] {
        let letter = Array("&é\"'(-è_çà".unicodeScalars)[row].value
        let bytes = letter < 0x80 ? [letter] : [letter, 0x80 | letter & 0x3F]
        return [Int32(0x30 + (row + 1) % 10)] + bytes.map(Int32.init)
    }

    /// Words with buttons below; long ones scroll. The first button is the one that Enter takes. Nil where it was left with Esc.
    func show(_ title: String, _ words: String, _ buttons: [String]) -> Int? {
        let width = textWidth
        let room = lines - 7
        var text = Self.wrapped(words, width)
        let scrolls = text.count > room
        if scrolls { text = Self.wrapped(words, scrolledWidth) }
        let window = Window(width, min(text.count, room) + 2, title)
        defer { window.close() }
        let box = cnewt_text(1, 0, Int32(scrolls ? scrolledWidth : width), Int32(min(text.count, room)), scrolls)
        cnewt_set_text(box, text.joined(separator: "\n"))
        window.add(box)
        if scrolls { window.add(cnewt_label(1, Int32(room + 1), more)) }
        let row = window.buttons(buttons, at: min(text.count, room) + 1, width: width)
        if !scrolls { cnewt_focus(window.form, row[0]) }
        switch run(window) {
        case .chosen(let component): return row.firstIndex { $0 == component }
        case .enter:
            let focused = cnewt_focused(window.form)
            return row.firstIndex { $0 == focused } ?? 0
        case .left, .key: return nil
        }
    }

    /// Lines to fill in. Nil where it was left with Esc or the second button.
    func fill(_ title: String, _ words: String, _ fields: [Field], _ buttons: [String]) -> [String]? {
        let width = textWidth
        let text = Self.paragraphs(words, width)
        let labels = (fields.map { Self.width($0.label) }.max() ?? 0) + 2
        let window = Window(width, text.count + 1 + fields.count + 2, title)
        defer { window.close() }
        window.text(text, at: 0)
        var entries: [cnewt_component] = []
        for (index, field) in fields.enumerated() {
            let top = Int32(text.count + 1 + index)
            window.add(cnewt_label(1, top, field.label))
            let entry: cnewt_component = cnewt_entry(Int32(labels), top, Int32(width - labels), field.value, field.isHidden)
            window.add(entry)
            entries.append(entry)
        }
        let row = window.buttons(buttons, at: text.count + fields.count + 2, width: width)
        cnewt_focus(window.form, entries[0])
        let isTaken =
            switch run(window) {
            case .chosen(let component): component == row[0]
            case .enter: row.firstIndex { $0 == cnewt_focused(window.form) } ?? 0 == 0
            case .left, .key: false
            }
        return isTaken ? entries.map { cnewt_value($0).map { String(cString: $0) } ?? "" } : nil
    }

    /// Rows to tick with the space bar, all of them ticked at first. Nil where it was left with Esc or the second button.
    func tick(_ title: String, _ words: String, _ rows: [String], _ buttons: [String]) -> [Int]? {
        let width = textWidth
        let text = Self.paragraphs(words, width)
        let height = max(3, min(rows.count, lines - 10 - text.count))
        let window = Window(width, text.count + 1 + height + 2, title)
        defer { window.close() }
        window.text(text, at: 0)
        let scrolls = rows.count > height
        let ticks = cnewt_ticks(1, Int32(text.count + 1), Int32(width), Int32(height), scrolls)
        for (index, row) in rows.enumerated() { cnewt_append_tick(ticks, Self.fitted(row, width - 8), index, true) }
        window.add(ticks)
        let row = window.buttons(buttons, at: text.count + height + 2, width: width)
        let isTaken =
            switch run(window) {
            case .chosen(let component): component == row[0]
            case .enter: row.firstIndex { $0 == cnewt_focused(window.form) } ?? 0 == 0
            case .left, .key: false
            }
        return isTaken ? rows.indices.filter { cnewt_ticked(ticks, $0) } : nil
    }

    /// Work that goes on: a bar where it says how far it is, its last words, and Esc to stop it.
    func work(_ title: String, _ words: String, _ hint: String, _ errand: Errand) {
        let width = textWidth
        let text = Self.paragraphs(words, width)
        let window = Window(width, text.count + 6, title)
        defer { window.close() }
        window.text(text, at: 0)
        let scale = cnewt_scale(1, Int32(text.count + 1), Int32(width), 1000)
        let label = cnewt_label(1, Int32(text.count + 3), "")
        window.add(scale)
        window.add(label)
        window.add(cnewt_label(1, Int32(text.count + 5), Self.fitted(hint, width)))
        cnewt_timer(window.form, 250)
        var isEnding = false
        while errand.isRunning {
            let event = step(window)
            errand.pump()
            cnewt_set_scale(scale, Int64(errand.permille ?? 0))
            cnewt_set_label(label, Self.padded(Self.fitted(errand.note, width), width))
            cnewt_refresh()
            if case .left = event { errand.interrupt() }
            if Interruption.requested, !isEnding {
                isEnding = true
                errand.interrupt()
            }
        }
    }

    /// Something that cannot be stopped and does not say how far it is.
    func wait(_ title: String, _ words: (_ seconds: Int) -> String, until isOver: () -> Bool) {
        let width = textWidth
        let window = Window(width, 3, title)
        defer { window.close() }
        let label = cnewt_label(1, 1, "")
        window.add(label)
        cnewt_timer(window.form, 100)
        let clock = ContinuousClock()
        let begun = clock.now
        cnewt_draw(window.form)
        while !isOver() {
            let seconds = Int((clock.now - begun).components.seconds)
            cnewt_set_label(label, Self.padded(Self.fitted(words(seconds), width), width))
            cnewt_refresh()
            _ = step(window)
        }
    }

    // MARK: - One window

    private enum Event {
        case chosen(cnewt_component?)
        case enter
        case left
        case key(Int32)
        case tick
    }

    private enum Ending {
        case chosen(cnewt_component?)
        case enter
        case left
        case key(Int32)
    }

    private func run(_ window: Window) -> Ending {
        cnewt_hot_key(window.form, Int32(CNEWT_KEY_ENTER))
        cnewt_timer(window.form, 1000)
        while !Interruption.requested {
            switch step(window) {
            case .chosen(let component): return .chosen(component)
            case .enter: return .enter
            case .left: return .left
            case .key(let key): return .key(key)
            case .tick: continue
            }
        }
        return .left
    }

    private func step(_ window: Window) -> Event {
        var key: Int32 = 0
        var component: cnewt_component?
        switch cnewt_run(window.form, &key, &component) {
        case CNEWT_HOT_KEY where key == CNEWT_KEY_F2:
            suspended(openShell)
            return .tick
        case CNEWT_HOT_KEY where key == CNEWT_KEY_ENTER: return .enter
        case CNEWT_HOT_KEY where key == CNEWT_KEY_ESCAPE: return .left
        case CNEWT_HOT_KEY: return .key(key)
        case CNEWT_COMPONENT: return .chosen(component)
        case CNEWT_ERROR: return .left
        default: return .tick
        }
    }

    private struct Window {
        let form: cnewt_component

        init(_ width: Int, _ height: Int, _ title: String) {
            cnewt_window(Int32(width + 2), Int32(height), title)
            form = cnewt_form()
            cnewt_hot_key(form, Int32(CNEWT_KEY_ESCAPE))
            cnewt_hot_key(form, Int32(CNEWT_KEY_F2))
        }

        func add(_ component: cnewt_component) { cnewt_add(form, component) }

        func text(_ lines: [String], at top: Int) {
            guard !lines.isEmpty else { return }
            let box: cnewt_component = cnewt_text(1, Int32(top), Int32(lines.map(Screen.width).max() ?? 1), Int32(lines.count), false)
            cnewt_set_text(box, lines.joined(separator: "\n"))
            add(box)
        }

        /// From the right edge, so that they are where the eye ends.
        func buttons(_ titles: [String], at top: Int, width: Int) -> [cnewt_component] {
            var left = max(1, width - titles.reduce(0) { $0 + Screen.width($1) + 6 })
            return titles.map { title in
                let button: cnewt_component = cnewt_button(Int32(left), Int32(top), title)
                add(button)
                left += Screen.width(title) + 6
                return button
            }
        }

        func close() {
            cnewt_destroy(form)
            cnewt_pop_window()
        }
    }

    /// The words below a list.
    private final class Below {
        var text: cnewt_component?
        private let details: [[String]]

        init(_ details: [[String]]) { self.details = details }

        func show(_ row: Int) {
            guard let text, details.indices.contains(row) else { return }
            cnewt_set_text(text, details[row].joined(separator: "\n"))
        }
    }
}
