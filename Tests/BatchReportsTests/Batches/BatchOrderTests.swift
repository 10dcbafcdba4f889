import BatchReports
import Foundation
import Testing

@Suite("Batch order")
struct BatchOrderTests {
  static func fields(_ make: () throws -> BatchOrder) -> [String] {
    do {
      _ = try make()
      return []
    } catch let error as InvalidInput { return error.problems.map(\.field) } catch { return ["\(error)"] }
  }

  @Test("the ends of every range are taken")
  func taken() throws {
    let small = try BatchOrder(name: "", maxConcurrent: 1, retryCount: 0, maxFailurePercent: 0, maxFailureCount: 0)
    #expect(small.maxConcurrent == 1)
    let large = try BatchOrder(
      name: String(repeating: "n", count: 120), description: String(repeating: "d", count: 2000), maxConcurrent: 100, retryCount: 5,
      maxFailurePercent: 100, maxFailureCount: .max, overrunReason: String(repeating: "r", count: 500))
    #expect(large.name.count == 120)
  }

  @Test("what lies outside is refused by its field")
  func refused() {
    #expect(Self.fields { try BatchOrder(name: String(repeating: "n", count: 121), maxConcurrent: 5, retryCount: 3) } == ["name"])
    #expect(Self.fields { try BatchOrder(description: String(repeating: "n", count: 2001), maxConcurrent: 5, retryCount: 3) } == ["description"])
    for number in [0, -1, 101] { #expect(Self.fields { try BatchOrder(maxConcurrent: number, retryCount: 3) } == ["max_concurrent"]) }
    for number in [-1, 6] { #expect(Self.fields { try BatchOrder(maxConcurrent: 5, retryCount: number) } == ["retry_count"]) }
    for percent in [-0.1, 100.1, .nan, .infinity] {
      #expect(Self.fields { try BatchOrder(maxConcurrent: 5, retryCount: 3, maxFailurePercent: percent) } == ["max_failure_percent"])
    }
    #expect(Self.fields { try BatchOrder(maxConcurrent: 5, retryCount: 3, maxFailureCount: -1) } == ["max_failure_count"])
    let long = String(repeating: "r", count: 501)
    #expect(Self.fields { try BatchOrder(maxConcurrent: 5, retryCount: 3, overrunReason: long) } == ["overrun_reason"])
    #expect(Self.fields { try BatchOrder(maxConcurrent: 0, retryCount: 9) } == ["max_concurrent", "retry_count"])
  }

  @Test("a letter with a thousand accents is a thousand and one characters")
  func accents() {
    let letter = "a" + String(repeating: "\u{301}", count: 2000)
    #expect(letter.count == 1)
    #expect(
      Self.fields { try BatchOrder(name: letter, description: letter, maxConcurrent: 5, retryCount: 3, overrunReason: letter) }
        == ["name", "description", "overrun_reason"])
  }

  @Test("white space around texts is dropped, and an empty reason is none")
  func trimmed() throws {
    let order = try BatchOrder(name: " a \n", description: "\t", maxConcurrent: 5, retryCount: 3, overrunReason: "  ")
    #expect(order.name == "a")
    #expect(order.description.isEmpty)
    #expect(order.overrunReason == nil)
  }

  @Test("every refusal of a start has its code, its field and a sentence")
  func refusals() {
    let id = UUID.version7()
    let all: [(StartRefusal, RefusalCode, String?)] = [
      (.noLeads, .noLeads, "lead_ids"), (.duplicateLeads([id]), .duplicateLeads, "lead_ids"),
      (.tooManyLeads(count: 1200, limit: 1000), .tooManyLeads, "lead_ids"), (.unknownLeads([id]), .unknownLeads, "lead_ids"),
      (.costNotApproved(.zero), .costNotApproved, "cost_approved"), (.quoteExpired, .quoteExpired, "quote"),
      (.quoteChanged(was: .zero, now: .zero), .quoteChanged, "quote"), (.idempotencyConflict, .idempotencyConflict, nil),
      (.batchInProgress(id), .batchInProgress, nil),
    ]
    for (refusal, code, field) in all {
      #expect(refusal.code == code)
      #expect(refusal.field == field)
      #expect(refusal.explanation.count > 20)
    }
    #expect(StartRefusal.tooManyLeads(count: 1200, limit: 1000).explanation.contains("1,200"))
    #expect(StartRefusal.unknownLeads((0..<7).map { _ in UUID.version7() }).explanation.contains(" …"))
    #expect(InvalidInput("limit", "A number.").field == "limit")
    #expect(InvalidInput("limit", "A number.").explanation == "A number.")
  }
}
