import BatchReports
import Foundation
import Logging
import Secrets
import Storage
import Synchronization

/// Finds who a token belongs to.
///
/// `version` is the commit clock's at the start of the request. Answers are kept for as long as nobody commits anything, so that a busy page costs no query,
/// and a revoked token or a disabled account is out at once, whichever process did it.
struct Authenticator: Sendable {
  private struct Known {
    var identity: Identity
    var session: Session?
    var lastUse: Date?
  }

  private struct Reading: Hashable {
    var digest: Data
    var version: Int64
  }

  private struct Table {
    var version: Int64 = .min
    var entries: [Data: Known] = [:]
  }

  static let maximumEntries = 10_000

  private let sessions: SessionStore
  private let tokens: APITokenStore
  private let logger: Logger
  private let now: @Sendable () -> Date
  private let table = Shared(Table())
  private let reads = SharedReads<Reading, Known?>()

  init(_ dependencies: WebDependencies) {
    sessions = dependencies.sessions
    tokens = dependencies.tokens
    logger = dependencies.logger
    now = dependencies.now
  }

  /// - Parameter isUse: false when nobody has asked for anything just now, as by an open socket: then no use is written down.
  func identify(_ credential: Credential, version: Int64, isUse: Bool = true) async throws -> Identity? {
    switch credential {
    case .session(let token): try await identify(session: token, version, isUse)
    case .apiToken(let token): try await identify(apiToken: token, version, isUse)
    }
  }

  private func identify(session token: SecretToken, _ version: Int64, _ isUse: Bool) async throws -> Identity? {
    let now = now()
    return try await known(token.digest, version, now, isUse) {
      try await sessions.find(token.digest, at: now).map { session in
        Known(
          identity: Identity(account: session.account, proof: .session(digest: token.digest, csrf: session.csrf)), session: session,
          lastUse: session.lastSeenAt)
      }
    } touch: { _ in
      try await sessions.touch(token.digest, at: now)
    }
  }

  private func identify(apiToken token: SecretToken, _ version: Int64, _ isUse: Bool) async throws -> Identity? {
    let now = now()
    return try await known(token.digest, version, now, isUse) {
      try await tokens.find(token.digest).map { found in
        Known(identity: Identity(account: found.account, proof: .apiToken(found.tokenID)), session: nil, lastUse: found.lastUsedAt)
      }
    } touch: { identity in
      if case .apiToken(let id) = identity.proof { try await tokens.touch(id, at: now) }
    }
  }

  private func known(
    _ digest: Data, _ version: Int64, _ now: Date, _ isUse: Bool, look: () async throws -> Known?, touch: (Identity) async throws -> Void
  ) async throws -> Identity? {
    let kept = table.value.withLock { table -> Known? in
      if table.version != version { table = Table(version: version) }
      return table.entries[digest]
    }
    guard let known = if let kept { kept } else { try await reads.value(of: Reading(digest: digest, version: version), read: look) } else { return nil }
    if let session = known.session, session.isOver(at: now) { return nil }
    if isUse, known.lastUse.map({ now.timeIntervalSince($0) >= SessionRules.touchInterval }) ?? true {
      // A full disk or a locked database must not lock people out of the pages that say so.
      do { try await touch(known.identity) } catch {
        guard StorageFault(error) != nil else { throw error }
        logger.error("the use of a sign-in could not be written down", metadata: ["error": "\(error)"])
        var known = known
        known.lastUse = now
        keep(known, digest, version)
      }
    } else if kept == nil {
      keep(known, digest, version)
    }
    return known.identity
  }

  private func keep(_ known: Known, _ digest: Data, _ version: Int64) {
    table.value.withLock { table in
      guard table.version == version else { return }
      if table.entries.count >= Authenticator.maximumEntries { table.entries.removeAll(keepingCapacity: true) }
      table.entries[digest] = known
    }
  }
}

/// A mutex that copies of a struct share.
final class Shared<Value: Sendable>: Sendable {
  let value: Mutex<Value>

  init(_ value: Value) { self.value = Mutex(value) }
}
