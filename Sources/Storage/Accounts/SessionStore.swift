import BatchReports
import Foundation
import GRDB
import Secrets

/// The sessions' rows, found by the digest of their token.
public struct SessionStore: Sendable {
  let database: AppDatabase

  public init(_ database: AppDatabase) { self.database = database }

  /// Signs an account in: always a new token, whatever the browser brought (OWASP: session fixation). Sweeps sessions that are over.
  /// Throws `AccessRefusal.wrongCredentials` when the account has been disabled meanwhile.
  public func create(for account: Account, at now: Date) async throws -> (token: SecretToken, session: Session) {
    try await database.pool.write { db in try SessionStore.create(for: account, how: "password", at: now, in: db) }
  }

  static func create(for account: Account, how: String, at now: Date, in db: Database) throws -> (token: SecretToken, session: Session) {
    let token = SecretToken.random(.session)
    let session = Session(
      account: account, csrf: Base64URL.encode(RandomBytes.make(32)), createdAt: now, lastSeenAt: now,
      expiresAt: now.addingTimeInterval(SessionRules.absoluteLimit))
    try db.execute(
      sql: "DELETE FROM session WHERE expires_at <= ?1 OR last_seen_at <= ?2",
      arguments: [now.milliseconds, now.addingTimeInterval(-SessionRules.idleLimit).milliseconds])
    try db.execute(
      sql: """
        INSERT INTO session (token_hash, account_id, csrf, created_at, last_seen_at, expires_at)
        SELECT ?1, id, ?2, ?3, ?3, ?4 FROM account WHERE id = ?5 AND disabled_at IS NULL
        """,
      arguments: [token.digest, session.csrf, now.milliseconds, session.expiresAt.milliseconds, account.id.text])
    if db.changesCount == 0 { throw AccessRefusal.wrongCredentials }
    try AuditTrail.record(
      AuditEntry(
        at: now, actor: .account(account), action: "account.signed_in", subjectType: "account", subjectID: account.id.text,
        detail: ["by": how]),
      in: db)
    return (token, session)
  }

  /// The session of a token if it is neither over nor its account disabled.
  public func find(_ digest: Data, at now: Date) async throws -> Session? {
    let session = try await database.pool.read { db in
      let statement = try db.cachedStatement(
        sql: """
          SELECT \(AccountRow.columns), session.csrf, session.created_at AS began_at, session.last_seen_at, session.expires_at
          FROM session JOIN account ON account.id = session.account_id WHERE session.token_hash = ?
          """)
      return try Row.fetchOne(statement, arguments: [digest]).map { row in
        Session(
          account: try AccountRow.account(row), csrf: row["csrf"], createdAt: AccountRow.date(row["began_at"]),
          lastSeenAt: AccountRow.date(row["last_seen_at"]), expiresAt: AccountRow.date(row["expires_at"]))
      }
    }
    return session.flatMap { $0.isOver(at: now) ? nil : $0 }
  }

  /// Writes that the session was used, at most once in `SessionRules.touchInterval`.
  public func touch(_ digest: Data, at now: Date) async throws {
    try await database.pool.write { db in
      try db.execute(
        sql: "UPDATE session SET last_seen_at = ?1 WHERE token_hash = ?2 AND last_seen_at <= ?3",
        arguments: [now.milliseconds, digest, now.addingTimeInterval(-SessionRules.touchInterval).milliseconds])
    }
  }

  public func delete(_ digest: Data) async throws {
    try await database.pool.write { try $0.execute(sql: "DELETE FROM session WHERE token_hash = ?", arguments: [digest]) }
  }

  public func deleteAll(of account: UUID) async throws {
    try await database.pool.write { try $0.execute(sql: "DELETE FROM session WHERE account_id = ?", arguments: [account.text]) }
  }

  /// The live sessions of an account.
  public func count(of account: UUID, at now: Date) async throws -> Int {
    try await database.pool.read { db in
      try Int.fetchOne(
        db, sql: "SELECT count(*) FROM session WHERE account_id = ? AND expires_at > ? AND last_seen_at > ?",
        arguments: [account.text, now.milliseconds, now.addingTimeInterval(-SessionRules.idleLimit).milliseconds]) ?? 0
    }
  }
}
