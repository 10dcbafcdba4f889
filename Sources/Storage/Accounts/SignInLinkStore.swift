import BatchReports
import Foundation
import GRDB
import Secrets

/// One-time sign-in links, good for `SessionRules.linkLifetime`.
public struct SignInLinkStore: Sendable {
  let database: AppDatabase

  public init(_ database: AppDatabase) { self.database = database }

  /// Makes a link's token for an account. Throws `AccountRefusal.unknownAccount` for one that is disabled or gone.
  public func create(for account: Account, by actor: Actor, at now: Date) async throws -> SecretToken {
    let token = SecretToken.random(.signInLink)
    try await database.pool.write { db in
      try db.execute(sql: "DELETE FROM sign_in_link WHERE expires_at <= ?", arguments: [now.milliseconds])
      try db.execute(
        sql:
          "INSERT INTO sign_in_link (token_hash, account_id, expires_at) SELECT ?, id, ? FROM account WHERE id = ? AND disabled_at IS NULL",
        arguments: [token.digest, now.addingTimeInterval(SessionRules.linkLifetime).milliseconds, account.id.text])
      if db.changesCount == 0 { throw AccountRefusal.unknownAccount }
      try AuditTrail.record(
        AuditEntry(at: now, actor: actor, action: "sign_in_link.made", subjectType: "account", subjectID: account.id.text), in: db)
    }
    return token
  }

  /// Whether the link would sign in now; it stays unused.
  public func isValid(_ digest: Data, at now: Date) async throws -> Bool {
    try await database.pool.read { db in
      try Bool.fetchOne(
        db, sql: "SELECT EXISTS (SELECT 1 FROM sign_in_link WHERE token_hash = ? AND used_at IS NULL AND expires_at > ?)",
        arguments: [digest, now.milliseconds]) ?? false
    }
  }

  /// Uses the link up and signs its account in, in one transaction. Throws `AccountRefusal.linkNotValid`, to all but the first.
  public func signIn(_ digest: Data, at now: Date) async throws -> (token: SecretToken, session: Session) {
    try await database.pool.write { db in
      let id = try String.fetchOne(
        db, sql: "UPDATE sign_in_link SET used_at = ?1 WHERE token_hash = ?2 AND used_at IS NULL AND expires_at > ?1 RETURNING account_id",
        arguments: [now.milliseconds, digest])
      guard let id,
        let row = try Row.fetchOne(
          db, sql: "SELECT \(AccountRow.columns) FROM account WHERE id = ? AND disabled_at IS NULL", arguments: [id])
      else { throw AccountRefusal.linkNotValid }
      return try SessionStore.create(for: try AccountRow.account(row), how: "link", at: now, in: db)
    }
  }
}
