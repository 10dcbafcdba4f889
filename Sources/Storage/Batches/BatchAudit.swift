import BatchReports
import Foundation

extension AuditEntry {
  /// What a person or the engine did to a batch.
  init(_ batch: Batch, _ action: String, by actor: Actor, reason: String = "", detail: [String: String] = [:], at now: Date) {
    self.init(at: now, actor: actor, action: action, subjectType: "batch", subjectID: batch.id.text, reason: reason, detail: detail)
  }
}
