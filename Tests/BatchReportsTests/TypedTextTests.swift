import BatchReports
import Foundation
import Testing

@Suite("Typed texts")
struct TypedTextTests {
  private static func order(_ name: String = "", _ description: String = "", overrun: String? = nil) throws -> BatchOrder {
    try BatchOrder(name: name, description: description, maxConcurrent: 5, retryCount: 3, overrunReason: overrun)
  }

  @Test(
    "what cuts a text or turns its direction is refused in names, descriptions and reasons",
    arguments: ["a\0b", "a\u{7}b", "a\u{85}b", "gpj.\u{202E}exe", "a\u{2066}b", "a\u{2069}b"])
  func hidden(text: String) throws {
    func field(_ body: () throws -> Void) -> String? {
      do { try body() } catch { return (error as? InvalidInput)?.field }
      return nil
    }
    #expect(field { _ = try Self.order(text) } == "name")
    #expect(field { _ = try Self.order("", text) } == "description")
    #expect(field { _ = try Self.order(overrun: text) } == "overrun_reason")
    #expect(field { _ = try RetryOrder(scope: .failed, isApproved: true, reason: text) } == "reason")
    #expect(field { _ = try ResumeOrder(overrunReason: text) } == "overrun_reason")
    #expect(field { _ = try TypedText.reason(text) } == "reason")
  }

  @Test("tabs, line ends and every writing are taken; a name of which nothing can be seen is none")
  func shown() throws {
    let text = "Frühjahr\t春\r\nحملة\n👩‍👧"
    #expect(try Self.order(text, text).name == text)
    #expect(try TypedText.reason("  \(text) ") == text)
    for blank in ["", " \n", "\u{200B}\u{FEFF}", "\u{AD}\u{2060} \u{3164}"] { #expect(try Self.order(blank).name.isEmpty) }
  }
}
