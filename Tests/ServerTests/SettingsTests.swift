import BatchReports
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
    #expect(settings.autoPause == AutoPause(percent: 80, window: 20))
  }

  @Test("batches pause by themselves at the share and window that are set, or never")
  func autoPause() throws {
    let set = try settings(["BATCH_AUTO_PAUSE_PERCENT": "50", "BATCH_AUTO_PAUSE_WINDOW": "8"])
    #expect(set.autoPause == AutoPause(percent: 50, window: 8))
    #expect(try settings(flags: ["--auto-pause-percent", "0"]).autoPause == nil)
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
      ("BATCH_ENCODING", "ebcdic"), ("BATCH_DELIMITER_FALLBACK", "space"), ("BATCH_RETENTION_DAYS", "30"), ("BATCH_MAX_LEEDS", "1000"),
      ("BATCH_RESOURCES_DIR", "/nowhere"), ("BATCH_AUTO_PAUSE_PERCENT", "101"), ("BATCH_AUTO_PAUSE_WINDOW", "4"),
    ])
  func refusals(name: String, value: String) throws {
    let error = try #require(throws: SettingsError.self) { _ = try settings([name: value]) }
    #expect(error.setting == name)
    #expect(error.description.contains(value))
    #expect(!error.expected.isEmpty)
  }

  @Test(
    "the delimiter for files in which none is found is given by name or sign",
    arguments: [
      (nil, ","), ("comma", ","), ("Semicolon", ";"), (";", ";"), ("tab", "\t"), ("\t", "\t"), ("pipe", "|"), ("|", "|"),
    ] as [(String?, Unicode.Scalar)])
  func delimiterFallback(given: String?, sign: Unicode.Scalar) throws {
    let settings = try settings(given.map { ["BATCH_DELIMITER_FALLBACK": $0] } ?? [:])
    #expect(settings.importing.delimiterFallback == UInt8(ascii: sign))
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

  @Test(
    "an amount that only begins as one is refused",
    arguments: ["1.000.000", "1.", ".5", "1..2", "1,5", "١٢", "5 USD", " 5", "0.1234567", "0x10", "-0", "1000000000000"])
  func unclearBudgets(text: String) {
    #expect(throws: SettingsError.self) { try settings(["BATCH_DAILY_BUDGET_USD": text]) }
  }

  @Test("no proxy is trusted unless it is said")
  func proxy() throws {
    #expect(try !settings().trustsProxy)
    #expect(try settings(["BATCH_TRUST_PROXY": "true"]).trustsProxy)
    #expect(throws: SettingsError.self) { try settings(["BATCH_TRUST_PROXY": "10.0.0.1"]) }
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
