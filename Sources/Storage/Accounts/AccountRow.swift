import BatchReports
import Foundation
import GRDB

/// Reads an account from its columns; throws `Unreadable` for a row that this product did not write.
enum AccountRow {
  struct Unreadable: Error, CustomStringConvertible {
    let description: String
  }

  static let columns = "account.id, account.email, account.role, account.created_at, account.disabled_at"

  static func account(_ row: Row) throws -> Account {
    guard let id = UUID(text: row["id"]), let role = Role(rawValue: row["role"]) else {
      throw Unreadable(description: "account row \(row)")
    }
    return Account(
      id: id, email: row["email"], role: role, createdAt: date(row["created_at"]), disabledAt: optionalDate(row["disabled_at"]))
  }

  static func date(_ milliseconds: Int64) -> Date { Date(milliseconds: milliseconds) }

  static func optionalDate(_ milliseconds: Int64?) -> Date? { milliseconds.map { Date(milliseconds: $0) } }
}
