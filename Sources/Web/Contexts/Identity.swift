import BatchReports
import Foundation

/// Who sends a request, and how they proved it.
///
/// A class, as every layer of a request passes it on.
public final class Identity: Sendable {
  public enum Proof: Sendable, Hashable {
    /// A cookie, which browsers send by themselves: changes need the session's form token too.
    case session(digest: Data, csrf: String)
    /// A bearer token, which no browser sends by itself.
    case apiToken(UUID)
  }

  public let account: Account
  public let proof: Proof

  public init(account: Account, proof: Proof) {
    self.account = account
    self.proof = proof
  }

  /// What this session's forms carry; nil for a bearer token.
  public var csrf: String? {
    if case .session(_, let csrf) = proof { return csrf }
    return nil
  }
}
