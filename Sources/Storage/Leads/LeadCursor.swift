import BatchReports
import Foundation
import GRDB

/// Where a page begins: behind (or before) one lead in one order. Clients hand its text back and know nothing of what is in it.
struct LeadCursor: Sendable, Hashable {
  var sort: LeadSort
  /// Reads towards the start of the list.
  var isBackward: Bool
  var value: DatabaseValue
  var key: Int64

  init(_ lead: Lead, sort: LeadSort, isBackward: Bool) {
    self.sort = sort
    self.isBackward = isBackward
    value = LeadOrder.value(of: lead, in: sort)
    key = lead.key
  }

  /// Throws `InvalidInput` for a text that is none of ours, or that comes from a list in another order.
  init(text: String, sort: LeadSort) throws {
    let refusal = InvalidInput("cursor", "This cursor does not belong to this list. Start again from its first page.")
    var base64 = text.replacing("-", with: "+").replacing("_", with: "/")
    base64 += String(repeating: "=", count: (4 - base64.utf8.count % 4) % 4)
    guard text.utf8.count <= 1_500, let data = Data(base64Encoded: base64), let plain = String(data: data, encoding: .utf8) else {
      throw refusal
    }
    let parts = plain.split(separator: "|", maxSplits: 4, omittingEmptySubsequences: false)
    guard parts.count == 5, parts[0] == "1", parts[1] == sort.rawValue, let key = Int64(parts[3]) else { throw refusal }
    switch parts[2] {
    case "f": isBackward = false
    case "b": isBackward = true
    default: throw refusal
    }
    switch sort {
    case .name, .nameDescending: value = String(parts[4]).databaseValue
    default:
      guard let number = Int64(parts[4]) else { throw refusal }
      value = number.databaseValue
    }
    self.sort = sort
    self.key = key
  }

  var text: String {
    let plain = "1|\(sort.rawValue)|\(isBackward ? "b" : "f")|\(key)|\(String.fromDatabaseValue(value) ?? "\(value)")"
    let base64 = Data(plain.utf8).base64EncodedString()
    return base64.replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
  }
}
