import BatchReports
import GRDB

extension BatchStore {
  /// What a batch will have cost by its end, from its rows at one moment.
  static func projected(_ batch: Batch, in db: Database) throws -> Money {
    if batch.state.isTerminal { return batch.actual }
    let row = try Row.fetchOne(db.cachedStatement(sql: "SELECT mix, rates FROM batch WHERE key = ?"), arguments: [batch.key])
    guard let row else { return batch.actual }
    let calls = batch.unitPrices.isEmpty ? [:] : try EstimateHistory.calls("SELECT ?", [batch.key], in: db)
    return CostProjection(mix: try Decode.json(row[0], LeadMix.self), rates: try Decode.json(row[1], CallRates.self), calls: calls).projected(batch)
  }
}
