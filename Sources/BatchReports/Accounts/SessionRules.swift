import Foundation

/// How long a proof of identity is good for (OWASP session management cheat sheet: idle and absolute limits).
public enum SessionRules {
  /// 12 hours without a request.
  public static let idleLimit: TimeInterval = 12 * 3600
  /// 7 days after the sign-in, whatever happens.
  public static let absoluteLimit: TimeInterval = 7 * 24 * 3600
  /// A session's or token's last use is written at most this often.
  public static let touchInterval: TimeInterval = 60
  /// 15 minutes for a one-time link.
  public static let linkLifetime: TimeInterval = 15 * 60
}

/// A signed-in browser.
public struct Session: Sendable, Hashable {
  public var account: Account
  /// The token that this session's forms carry.
  public var csrf: String
  public var createdAt: Date
  public var lastSeenAt: Date
  public var expiresAt: Date

  public init(account: Account, csrf: String, createdAt: Date, lastSeenAt: Date, expiresAt: Date) {
    self.account = account
    self.csrf = csrf
    self.createdAt = createdAt
    self.lastSeenAt = lastSeenAt
    self.expiresAt = expiresAt
  }

  public func isOver(at now: Date) -> Bool {
    account.disabledAt != nil || now >= expiresAt || now.timeIntervalSince(lastSeenAt) >= SessionRules.idleLimit
  }
}
