import Testing
@testable import Layouts
@Test func placeholder() { #expect(Bool(true)) }
