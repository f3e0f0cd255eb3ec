import Testing
@testable import MediaContainers
@Test func placeholder() { #expect(Bool(true)) }
