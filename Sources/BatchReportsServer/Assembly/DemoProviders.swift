import BatchReports
import DemoSites
import Foundation
import Providers
import Storage

/// The demo's paid providers: stubs that this process serves, and prices in pretend money.
extension Demo {
  /// The stubs have no plan to keep to.
  static let providerRate = CallRate(perSecond: 200, burst: 100)

  var providers: [ProviderAccess] {
    StubProvider.allCases.compactMap { stub in
      PaidProvider(rawValue: stub.rawValue).map {
        ProviderAccess($0, baseURL: ProviderStubServer.baseURL(of: stub, port: Int(stubPort)), key: stub.key)
      }
    }
  }

  private static let prices: [PaidProvider: Int64] = [
    .pagespeed: 2_000, .screenshotone: 9_000, .hunter: 34_000, .dataAxle: 50_000, .semrush: 15_000, .openai: 4_000,
  ]

  /// Prices the providers where nobody has changed the installation's first card.
  static func addPrices(_ database: AppDatabase, now: Date) async throws {
    let store = RateCardStore(database: database)
    let card = try await store.current(at: now)
    guard card.version == 1, card.source == .installation, card.providerPrices.isEmpty else { return }
    try await store.add(
      RateCard(
        version: 2, validFrom: now, author: "demo", note: "Demo prices: pretend money, nothing is charged by anyone.", baseCost: card.baseCost,
        providerPrices: Dictionary(uniqueKeysWithValues: prices.map { ($0.key.rawValue, Money(micros: $0.value)) }), blendedRate: card.blendedRate,
        tiers: card.tiers, source: .installation))
  }
}
