import BatchReports
import Hummingbird

/// Who holds an open socket. They are asked again while it is open: a session ends, a token is revoked, an account is disabled or gets another role.
struct SocketHolder: Sendable {
  private(set) var account: Account
  private let credential: Credential
  private let authenticator: Authenticator

  /// Throws `AccessRefusal.notSignedIn`.
  init(_ request: Request, _ context: SignedInContext, _ authenticator: Authenticator, secure: Bool) throws {
    guard let credential = Credential(request, secure: secure) else { throw AccessRefusal.notSignedIn }
    account = context.account
    self.credential = credential
    self.authenticator = authenticator
  }

  /// Looks again who they are; false when they are no one any more. No query while nothing was committed since the last look.
  mutating func isStillSignedIn(at version: Int64) async throws -> Bool {
    guard let identity = try await authenticator.identify(credential, version: version, isUse: false) else { return false }
    account = identity.account
    return true
  }
}
