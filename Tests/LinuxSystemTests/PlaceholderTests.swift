import Testing
@testable import LinuxSystem
@Test func placeholder() { #expect(Bool(true)) }
