import BatchReports
import Foundation
import GRDB
import Secrets

/// The API tokens' rows. The token itself is shown once, when it is made.
public struct APITokenStore: Sendable {
  let database: AppDatabase

  public init(_ database: AppDatabase) { self.database = database }

  /// Makes a token for an account. Throws `InvalidInput` for its name, `AccountRefusal.unknownAccount`.
  public func add(for account: Account, name: String, by actor: Actor, at now: Date) async throws -> (token: SecretToken, record: APIToken) {
    let name = try APIToken.name(name)
    let token = SecretToken.random(.api)
    let record = APIToken(
      id: .version7(at: now), accountID: account.id, accountEmail: account.email, name: name,
      createdAt: Date(milliseconds: now.milliseconds))
    try await database.pool.write { db in
      try db.execute(
        sql: "INSERT INTO api_token (id, account_id, name, token_hash, created_at) SELECT ?, id, ?, ?, ? FROM account WHERE id = ?",
        arguments: [record.id.text, name, token.digest, now.milliseconds, account.id.text])
      if db.changesCount == 0 { throw AccountRefusal.unknownAccount }
      try APITokenStore.record("token.added", record.id, by: actor, at: now, detail: ["name": name, "account": account.email], in: db)
    }
    return (token, record)
  }

  /// Newest first; of one account, or of all.
  public func list(of account: UUID? = nil) async throws -> [APIToken] {
    try await database.pool.read { db in
      try Row.fetchAll(
        db,
        sql: """
          SELECT api_token.id, account_id, email, name, api_token.created_at, last_used_at, revoked_at
          FROM api_token JOIN account ON account.id = account_id WHERE ?1 IS NULL OR account_id = ?1 ORDER BY api_token.id DESC
          """,
        arguments: [account?.text]
      ).map(APITokenStore.token)
    }
  }

  /// The account that a token acts as, if the token is not revoked and the account not disabled, and when it was last used.
  public func find(_ digest: Data) async throws -> (account: Account, tokenID: UUID, lastUsedAt: Date?)? {
    try await database.pool.read { db in
      let statement = try db.cachedStatement(
        sql: """
          SELECT \(AccountRow.columns), api_token.id AS token_id, api_token.last_used_at FROM api_token
          JOIN account ON account.id = api_token.account_id
          WHERE api_token.token_hash = ? AND api_token.revoked_at IS NULL AND account.disabled_at IS NULL
          """)
      guard let row = try Row.fetchOne(statement, arguments: [digest]), let id = UUID(text: row["token_id"]) else { return nil }
      return (try AccountRow.account(row), id, AccountRow.optionalDate(row["last_used_at"]))
    }
  }

  /// Writes that the token was used, at most once in `SessionRules.touchInterval`.
  public func touch(_ id: UUID, at now: Date) async throws {
    try await database.pool.write { db in
      try db.execute(
        sql: "UPDATE api_token SET last_used_at = ?1 WHERE id = ?2 AND (last_used_at IS NULL OR last_used_at <= ?3)",
        arguments: [now.milliseconds, id.text, now.addingTimeInterval(-SessionRules.touchInterval).milliseconds])
    }
  }

  /// Ends a token; its account's own, or any for an admin or the command line (`owner` nil). Throws `AccountRefusal.unknownToken`.
  public func revoke(_ id: UUID, owner: UUID?, by actor: Actor, at now: Date) async throws {
    try await database.pool.write { db in
      let name = try String.fetchOne(
        db,
        sql: """
          UPDATE api_token SET revoked_at = ?1 WHERE id = ?2 AND revoked_at IS NULL AND (?3 IS NULL OR account_id = ?3) RETURNING name
          """,
        arguments: [now.milliseconds, id.text, owner?.text])
      guard let name else { throw AccountRefusal.unknownToken }
      try APITokenStore.record("token.revoked", id, by: actor, at: now, detail: ["name": name], in: db)
    }
  }

  /// Ends all tokens of an account.
  static func revokeAll(of account: UUID, by actor: Actor, at now: Date, in db: Database) throws {
    let rows = try Row.fetchAll(
      db, sql: "UPDATE api_token SET revoked_at = ? WHERE account_id = ? AND revoked_at IS NULL RETURNING id, name",
      arguments: [now.milliseconds, account.text])
    for row in rows {
      guard let id = UUID(text: row["id"]) else { throw AccountRow.Unreadable(description: "token row \(row)") }
      try APITokenStore.record("token.revoked", id, by: actor, at: now, detail: ["name": row["name"]], in: db)
    }
  }

  private static func token(_ row: Row) throws -> APIToken {
    guard let id = UUID(text: row["id"]), let account = UUID(text: row["account_id"]) else {
      throw AccountRow.Unreadable(description: "token row \(row)")
    }
    return APIToken(
      id: id, accountID: account, accountEmail: row["email"], name: row["name"], createdAt: AccountRow.date(row["created_at"]),
      lastUsedAt: AccountRow.optionalDate(row["last_used_at"]), revokedAt: AccountRow.optionalDate(row["revoked_at"]))
  }

  private static func record(_ action: String, _ id: UUID, by actor: Actor, at now: Date, detail: [String: String], in db: Database) throws {
    try AuditTrail.record(
      AuditEntry(at: now, actor: actor, action: action, subjectType: "token", subjectID: id.text, detail: detail), in: db)
  }
}
