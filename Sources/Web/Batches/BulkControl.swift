import BatchReports
import Foundation
import Logging
import Storage

/// One control for several batches: each is a transaction of its own, so that one which does not fit holds up no other.
struct BulkControl {
  enum Action: String, CaseIterable, Codable {
    case pause, resume, cancel

    /// "3 batches paused."
    var done: String {
      switch self {
      case .pause: "paused"
      case .resume: "resumed"
      case .cancel: "cancelled"
      }
    }

    /// Reads the word of a form or of JSON. Throws `InvalidInput`.
    init(field text: String) throws {
      guard let action = Action(rawValue: text) else { throw InvalidInput("action", "The action has to be pause, resume or cancel.") }
      self = action
    }
  }

  /// What became of one batch.
  struct Result {
    var id: UUID
    /// As it stands afterwards; nil when there is none that the account may see.
    var batch: Batch?
    /// Why it was left as it is.
    var refusal: (any Refusal)?
    var receipt: BatchStore.CancelReceipt?
  }

  /// As many as a list shows, and more.
  static let limit = 200

  let batches: BatchStore
  let account: Account
  let now: Date
  let logger: Logger

  /// A fault of ours ends it: that batch and those after it are told as unavailable, beside what was done before.
  ///
  /// Throws `InvalidInput` for no batch, and for too many.
  func apply(_ action: Action, to ids: [UUID], reason: String) async throws -> [Result] {
    let ids = try Self.checked(ids)
    var results: [Result] = []
    for id in ids {
      do { results.append(try await apply(action, to: id, reason: reason)) } catch {
        logger.error("a bulk control failed half-way", metadata: ["batch": "\(id.text)", "error": "\(error)"])
        let fault = RequestRefusal.unavailable("The server met a fault here: look whether it was changed, and try again.", retryAfterSeconds: 5)
        let rest = RequestRefusal.unavailable("Not tried, as the server met a fault before it. Try again.", retryAfterSeconds: 5)
        return results + ids.dropFirst(results.count).map { Result(id: $0, refusal: $0 == id ? fault : rest) }
      }
    }
    return results
  }

  private func apply(_ action: Action, to id: UUID, reason: String) async throws -> Result {
    do {
      switch action {
      case .pause: return Result(id: id, batch: try await batches.pause(id, reason: reason, by: account, now: now))
      case .resume: return Result(id: id, batch: try await batches.resume(id, reason: reason, by: account, now: now))
      case .cancel:
        let (batch, receipt) = try await batches.cancel(id, reason: reason, by: account, now: now)
        return Result(id: id, batch: batch, receipt: receipt)
      }
    } catch let refusal as any Refusal {
      return Result(id: id, batch: try await batches.find(id, visibleTo: account), refusal: refusal)
    }
  }

  /// Each once, in the order given.
  static func checked(_ ids: [UUID]) throws -> [UUID] {
    var seen: Set<UUID> = []
    let once = ids.filter { seen.insert($0).inserted }
    if once.isEmpty { throw InvalidInput("batch_ids", "Tick at least one batch.", code: "missing") }
    if once.count > limit { throw InvalidInput("batch_ids", "At most \(limit) batches at a time.", code: "out_of_range") }
    return once
  }

  /// "2 batches paused. 1 was left as it is: “Spring”: This batch is …"
  static func summary(_ action: Action, _ results: [Result]) -> Flash {
    let left = results.filter { $0.refusal != nil }
    let changed = results.count - left.count
    var text = changed == 0 ? "No batch was \(action.done)." : "\(Display.count(changed, "batch", "batches")) \(action.done)."
    text += receipt(results.compactMap(\.receipt))
    if left.isEmpty { return Flash(text) }
    text += " \(Display.count(left.count, "was", "were")) left as \(left.count == 1 ? "it is" : "they are"):"
    for result in left.prefix(3) { text += " \(result.batch.map { "“\($0.name.prefix(60))”" } ?? String(result.id.text.prefix(8))): \(why(result))" }
    return Flash(text + (left.count > 3 ? " …" : ""), tone: .warning)
  }

  /// " $0.1000 is charged, …": of all that were cancelled together; empty where none was.
  private static func receipt(_ receipts: [BatchStore.CancelReceipt]) -> String {
    if receipts.isEmpty { return "" }
    let charged = receipts.reduce(Money.zero) { $0 + $1.charged }
    let released = receipts.reduce(Money.zero) { $0 + $1.released }
    let inFlight = receipts.reduce(0) { $0 + $1.inFlight }
    let rest = inFlight == 0 ? "" : " \(Display.count(inFlight, "lead is", "leads are")) still in flight and will end."
    return " \(charged.dollars) is charged, \(released.dollars) goes back to the budget.\(rest)"
  }

  static func why(_ result: Result) -> String {
    if let transition = result.refusal as? InvalidTransition { return "\(transition.state.label.lowercased())." }
    return result.refusal is NoSuchBatch ? "not found." : result.refusal?.explanation ?? ""
  }
}
