import BatchReports
import GRDB

/// What a lead's outcome means for its paid calls, in the outcome's transaction. Asked only for batches that call paid providers.
struct CallRollUp {
  var batch: Batch

  /// Counts the leads that each provider could be asked about, once a lead, and forgets the answers that a finished report has in it.
  func note(_ ends: [(claim: WorkQueue.Claim, result: WorkQueue.Outcome.Result)], in db: Database) throws {
    var applicable: [String: Int] = [:]
    let forget = try BulkStatement(db, "DELETE FROM step_result WHERE batch_key = ? AND position = ?")
    for (claim, result) in ends {
      if case .completed = result { try forget.run([.integer(claim.batchKey), .integer(Int64(claim.position))]) }
      // Tries before a person's retry were counted with the run that they belong to.
      guard claim.triedBefore == 0, result.state == .completed || result.state == .failed else { continue }
      for provider in claim.applicableProviders { applicable[provider, default: 0] += 1 }
    }
    for (provider, count) in applicable.sorted(by: { $0.key < $1.key }) {
      try db.cachedStatement(
        sql: """
          INSERT INTO batch_provider (batch_key, provider, applicable) VALUES (?, ?, ?)
          ON CONFLICT (batch_key, provider) DO UPDATE SET applicable = applicable + excluded.applicable
          """
      ).execute(arguments: [batch.key, provider, count])
    }
  }
}

extension WorkQueue.Claim {
  public var traits: ProviderRule.Traits {
    ProviderRule.Traits(hasWebsite: !website.isEmpty, hasEmail: !email.isEmpty, isEnriched: enrichmentStatus == ProviderRule.enriched)
  }

  /// The providers of its batch that this lead's report calls, and `blended` when one of them has no price of its own.
  public var applicableProviders: [String] { unitPrices.applicable(to: traits) }
}
