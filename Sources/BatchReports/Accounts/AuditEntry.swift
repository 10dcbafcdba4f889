import Foundation

/// Who did something: an account, or a part of the product.
public struct Actor: Sendable, Hashable {
  public var accountID: UUID?
  /// The email of the account at that time, or the name of the part: `command line`, `engine`.
  public var name: String

  public init(accountID: UUID?, name: String) {
    self.accountID = accountID
    self.name = name
  }

  public static func account(_ account: Account) -> Actor { Actor(accountID: account.id, name: account.email) }
  public static let commandLine = Actor(accountID: nil, name: "command line")
  public static let engine = Actor(accountID: nil, name: "engine")
}

/// One row of the audit trail: who did what to what, when and why.
public struct AuditEntry: Sendable, Hashable {
  public var id: Int64
  public var at: Date
  public var actor: Actor
  /// A verb with its subject's kind: `account.disabled`.
  public var action: String
  public var subjectType: String
  public var subjectID: String
  public var reason: String
  public var detail: [String: String]

  public init(
    id: Int64 = 0, at: Date, actor: Actor, action: String, subjectType: String, subjectID: String, reason: String = "",
    detail: [String: String] = [:]
  ) {
    self.id = id
    self.at = at
    self.actor = actor
    self.action = action
    self.subjectType = subjectType
    self.subjectID = subjectID
    self.reason = reason
    self.detail = detail
  }
}

/// What of the audit trail is asked for; nil means any.
public struct AuditFilter: Sendable, Hashable {
  /// Occurs in the action, the subject, the reason or the details.
  public var text: String?
  public var actor: String?
  public var subjectType: String?
  public var subjectID: String?

  public init(text: String? = nil, actor: String? = nil, subjectType: String? = nil, subjectID: String? = nil) {
    self.text = text
    self.actor = actor
    self.subjectType = subjectType
    self.subjectID = subjectID
  }
}

/// Which rows of a list are asked for: the newest, or those beside a row already seen.
public enum AuditPosition: Sendable, Hashable {
  case newest
  case olderThan(Int64)
  case newerThan(Int64)
}
