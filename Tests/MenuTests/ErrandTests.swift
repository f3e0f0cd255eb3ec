import Glibc
import Testing

@testable import Menu

@Suite struct ErrandTests {
    private func shell(_ script: String, input: String? = nil) -> Errand {
        let errand = Errand(program: "/bin/sh", ["-c", script], input: input, columns: 70)
        errand.wait()
        return errand
    }

    @Test func whatItSaysAndHowItEnds() {
        let errand = shell("echo result; echo 'error: no' >&2; exit 3")
        #expect(errand.output == "result\n")
        #expect(errand.complaints == "error: no\n")
        #expect(errand.status == 3)
    }

    @Test func progressIsNoComplaint() {
        let errand = shell("echo '@progress 420 Reading 42 %' >&2; printf '@progress - Walking 7' >&2")
        #expect(errand.note == "Walking 7")
        #expect(errand.permille == nil)
        #expect(errand.complaints.isEmpty)
    }

    @Test func itKnowsItsWidth() { #expect(shell("echo $COLUMNS").output == "70\n") }

    @Test func aPasswordComesOnItsInput() { #expect(shell("read -r word; echo \"<$word>\"", input: "a b").output == "<a b>\n") }

    @Test func withoutInputItReadsNothing() { #expect(shell("cat; echo end").output == "end\n") }

    @Test func whatIsNotThereEndsAsAShellSays() {
        let errand = Errand(program: "/nonexistent", [], columns: 70)
        errand.wait()
        #expect(errand.status == 127)
    }

    @Test func aSignalEndsItAsAShellSays() { #expect(shell("kill -KILL $$").status == 137) }

    @Test func itIsInterrupted() {
        let errand = Errand(program: "/bin/sh", ["-c", "trap 'exit 130' INT; while :; do sleep 0.05; done"], columns: 70)
        while errand.isRunning {
            errand.interrupt()
            errand.pump()
        }
        #expect(errand.status == 130 || errand.status == 128 + 2)
    }

    /// A shell that waits for a program ends after that program: both are told, and each once.
    @Test func whatItStartedIsInterruptedToo() {
        let clock = ContinuousClock()
        let begun = clock.now
        let errand = Errand(program: "/bin/sh", ["-c", "echo begun; sleep 20; echo 'went on'"], columns: 70)
        interrupt(errand)
        #expect(clock.now - begun < .seconds(10))
        #expect(errand.status == 130)
        #expect(errand.output == "begun\n")
    }

    @Test func itHearsOfItOnce() {
        let script = "trap 'echo told' INT; echo begun; sleep 1; sleep 0.2; echo end"
        let errand = Errand(program: "/bin/sh", ["-c", script], columns: 70)
        interrupt(errand)
        #expect(errand.output == "begun\ntold\nend\n")
    }

    private func interrupt(_ errand: Errand) {
        usleep(300_000)
        errand.interrupt()
        errand.wait()
    }

    /// More than a pipe holds, on both.
    @Test func muchIsTakenIn() {
        let errand = shell(
            "i=0; while [ $i -lt 3000 ]; do echo 'a line of some length for the result'; echo 'and one beside it' >&2; i=$((i+1)); done")
        #expect(errand.output.split(separator: "\n").count == 3000)
        #expect(errand.complaints.split(separator: "\n").count == 3000)
    }
}

@Suite struct ScreenTextTests {
    @Test func nothingIsWiderThanItsWindow() {
        let text =
            "Un disque USB, un partage, ou cette clé : jamais un disque qui contient /un/chemin/tellement/long/qu-il/ne/tient/pas/sur/la/ligne"
        for width in [20, 33, 72] { #expect(Screen.wrapped(text, width).allSatisfy { Screen.width($0) <= width }) }
        #expect(Screen.width(Screen.fitted(text, 30)) <= 30)
    }

    @Test func aCommandBreaksBetweenWords() {
        let lines = Screen.wrapped("      camtrace-rescue index build /mnt/camtrace-rescue/DATA --index /media/usb/index.ctrx", 60)
        #expect(lines.count == 2)
        #expect(lines[1].hasPrefix("/media") || lines[1].hasPrefix("--index"))
    }
}
