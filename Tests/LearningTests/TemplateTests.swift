import Testing

@testable import Learning

@Suite struct TemplateTests {
    @Test(arguments: [
        "/srv/{path}", "{name}", "{pathstem-2}", "{path|\\}", "{part|3}", "{digits|1}", "{start|s}", "{start|s.3|nearest}", "{end|yyyy-MM-dd HH:mm:ss|Europe/Paris|up}",
        "{start+3600|ms}", "{start-37|us}", "{duration|HH:mm:ss}", "{size|KiB|up}", "{made|hex|8}", "{made|uuid}", "{null}", "{number}",
        "{row|events|id}", "a{{b", "{camera}/{stream}", "",
    ])
    func roundTrip(_ text: String) throws {
        let template = try ValueTemplate(parsing: text)
        let again = try ValueTemplate(parsing: template.text)
        #expect(again == template)
    }
}
