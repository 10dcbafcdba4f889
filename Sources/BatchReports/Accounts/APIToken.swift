import Foundation

/// A named key with which a program acts as an account.
public struct APIToken: Sendable, Hashable {
  public var id: UUID
  public var accountID: UUID
  public var accountEmail: String
  public var name: String
  public var createdAt: Date
  public var lastUsedAt: Date?
  public var revokedAt: Date?

  public init(
    id: UUID, accountID: UUID, accountEmail: String, name: String, createdAt: Date, lastUsedAt: Date? = nil, revokedAt: Date? = nil
  ) {
    self.id = id
    self.accountID = accountID
    self.accountEmail = accountEmail
    self.name = name
    self.createdAt = createdAt
    self.lastUsedAt = lastUsedAt
    self.revokedAt = revokedAt
  }

  /// Trimmed, 1 to 80 characters. Throws `InvalidInput`.
  public static func name(_ text: String) throws -> String {
    let name = text.trimmingCharacters(in: .whitespacesAndNewlines)
    guard !name.isEmpty else { throw InvalidInput("name", "Give the token a name, such as the program that will use it.", code: "missing") }
    guard name.unicodeScalars.count <= 80 else { throw InvalidInput("name", "The name may have at most 80 characters.", code: "too_long") }
    return name
  }
}
