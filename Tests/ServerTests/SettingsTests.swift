import Foundation
import Testing

@testable import BatchReportsServer

@Suite struct SettingsTests {
  private func settings(_ environment: [String: String] = [:], flags: [String] = []) throws -> Settings {
    try Settings(SettingValues(environment: environment, flags: flags))
  }

  @Test("with nothing set the documented standards hold")
  func standards() throws {
    let settings = try settings()
    #expect(settings.port == 8080)
    #expect(settings.maxLeads == 1000)
    #expect(settings.maxConcurrentLeads == 5)
    #expect(settings.retryCount == 3)
    #expect(settings.dailyBudget == nil)
    #expect(!settings.allowsPrivateHosts)
  }

  @Test("a flag wins over the environment")
  func flagWins() throws {
    #expect(try settings(["BATCH_PORT": "1"], flags: ["--port", "2"]).port == 2)
    #expect(try settings(["BATCH_PORT": "1"], flags: ["--port=3"]).port == 3)
  }

  @Test(
    "a wrong setting is refused with its name and what was expected",
    arguments: [
      ("BATCH_PORT", "no"), ("BATCH_PORT", "70000"), ("BATCH_MAX_LEADS", "0"), ("BATCH_MAX_CONCURRENT_LEADS", "101"), ("BATCH_RETRY_COUNT", "6"),
      ("BATCH_RETRY_DELAY", "-1"), ("BATCH_TIME_ZONE", "Mars/Olympus"), ("BATCH_DAILY_BUDGET_USD", "-5"), ("BATCH_DAILY_BUDGET_USD", "1e3"),
      ("BATCH_PIPELINE", "prefect"), ("BATCH_LOG_LEVEL", "loud"), ("BATCH_PUBLIC_URL", "reports.example.com"),
      ("BATCH_PUBLIC_URL", "https://a.example/x"), ("BATCH_CORS_ORIGINS", "a.example"), ("BATCH_ALLOW_PRIVATE_HOSTS", "maybe"),
      ("BATCH_ENCODING", "ebcdic"), ("BATCH_RATES_FILE", "rates.json"), ("BATCH_MAX_LEEDS", "1000"), ("BATCH_RESOURCES_DIR", "/nowhere"),
    ])
  func refusals(name: String, value: String) throws {
    let error = try #require(throws: SettingsError.self) { _ = try settings([name: value]) }
    #expect(error.setting == name)
    #expect(error.description.contains(value))
    #expect(!error.expected.isEmpty)
  }

  @Test("an unknown flag, and a flag without a value, are refused")
  func unknownFlags() {
    #expect(throws: SettingsError.self) { _ = try settings(flags: ["--prot", "1"]) }
    #expect(throws: SettingsError.self) { _ = try settings(flags: ["--port"]) }
  }

  @Test("dollars of the budget are exact")
  func budget() throws {
    #expect(try settings(["BATCH_DAILY_BUDGET_USD": "99.5"]).dailyBudget?.micros == 99_500_000)
  }

  @Test("the README's table names every setting with its standard value")
  func readmeIsComplete() throws {
    let readme = try String(
      contentsOf: URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("README.md"), encoding: .utf8)
    for setting in SettingDefinition.all {
      #expect(readme.contains("| `\(setting.variable)` | \(setting.standard.isEmpty ? "" : "`\(setting.standard)` ")|"), "\(setting.variable)")
    }
  }
}
