import BatchReports
import Foundation
import Testing

@testable import BatchReportsServer

@Suite struct ProviderSettingsTests {
  private func settings(_ environment: [String: String]) throws -> Settings { try Settings(SettingValues(environment: environment)) }

  @Test("without a key every provider is off, and one with a key is on, at its own address or another")
  func keys() throws {
    #expect(try settings([:]).providers.isEmpty)
    let set = try settings([
      "BATCH_HUNTER_KEY": " abc-123\n", "BATCH_OPENAI_KEY": "sk-1", "BATCH_OPENAI_URL": "https://llm.example:8443/v1/", "BATCH_OPENAI_MODEL": "tiny",
      "BATCH_SEMRUSH_URL": "https://semrush.example",
    ])
    #expect(set.providers.map(\.provider) == [.hunter, .openai])
    #expect(set.providers.map(\.host) == ["api.hunter.io", "llm.example:8443"])
    #expect(set.providers.last?.model == "tiny")
    #expect(try settings(["BATCH_PROVIDER_TIMEOUT": "7"]).providerTimeout == 7 && settings([:]).providerTimeout == 60)
  }

  @Test("no call waits for a connection: there are as many as there can be calls")
  func connections() throws {
    #expect(try PaidProviders.connections(settings(["BATCH_MAX_CONCURRENT_TOTAL": "1000"])) == 6_000)
    #expect(try PaidProviders.connections(settings(["BATCH_MAX_CONCURRENT_TOTAL": "1"])) == 6)
  }

  @Test("a key's way must be a safe one, unless private hosts are allowed")
  func addresses() throws {
    for wrong in ["http://127.0.0.1:9", "ftp://a.example", "a.example", "https://", "https://user@a.example", "https://a.example/?key=1"] {
      let error = try #require(throws: SettingsError.self) { _ = try settings(["BATCH_HUNTER_URL": wrong]) }
      #expect(error.setting == "BATCH_HUNTER_URL" && error.expected.contains("https://api.hunter.io"))
    }
    let allowed = ["BATCH_ALLOW_PRIVATE_HOSTS": "true", "BATCH_HUNTER_KEY": "k", "BATCH_HUNTER_URL": "http://127.0.0.1:9/x"]
    #expect(try settings(allowed).providers.first?.host == "127.0.0.1:9")
  }

  @Test("no refusal shows a key: not a wrong one, nor one behind a mistyped name")
  func hidden() throws {
    for name in ["BATCH_HUNTER_KEY", "BATCH_HUNTR_KEY"] {
      let error = try #require(throws: SettingsError.self) { _ = try settings([name: "very secret"]) }
      #expect(error.setting == name && !error.description.contains("secret"))
    }
    for address in ["https://api.semrush.com/?key=very-secret", "https://very-secret@a.example", "https://a.example/#very-secret", "very-secret"] {
      let swapped = ["BATCH_SEMRUSH_URL": address, "BATCH_SEMRUSH_KEY": "https://api.semrush.com"]
      let error = try #require(throws: SettingsError.self) { _ = try settings(swapped) }
      #expect(error.setting == "BATCH_SEMRUSH_URL" && !error.description.contains("secret"))
    }
    var dumped = ""
    dump(try settings(["BATCH_HUNTER_KEY": "very-secret"]), to: &dumped)
    #expect(!dumped.contains("very-secret"))
  }
}
