import BatchReports
import CSV
import Foundation
import Logging
import Providers
import Storage

/// Everything that an operator can set, checked.
struct Settings: Sendable {
  var host: String
  var port: Int
  /// Nil when it is not set: the address that the server listens on.
  var publicURL: URL?
  var trustsProxy: Bool
  var dataFolder: URL
  var resourcesFolder: URL
  var maxLeads: Int
  var maxConcurrentLeads: Int
  var maxConcurrentTotal: Int
  var retryCount: Int
  var retryPolicy: RetryPolicy
  /// Seconds.
  var leadTimeout: Double
  /// Seconds.
  var requestTimeout: Double
  /// Seconds between two requests to one host.
  var hostPause: Double
  /// Nil when no failure rate pauses a batch.
  var autoPause: AutoPause?
  var dailyBudget: Money?
  /// Nil when prices come from the page alone.
  var ratesFile: String?
  var timeZone: TimeZone
  var importing: LeadImportOptions
  var allowsPathTraversal: Bool
  var logLevel: Logger.Level
  var socketsPerAccount: Int
  var corsOrigins: [String]
  var allowsPrivateHosts: Bool
  /// The paid providers that are on.
  var providers: [ProviderAccess]
  /// Seconds for one call to a paid provider.
  var providerTimeout: Double
  /// The feature flags' first values.
  var features: [FeatureFlag: Bool]
  var isDemo: Bool

  /// Throws `SettingsError` for the first setting that cannot be used.
  init(_ values: SettingValues) throws {
    host = values.text("HOST")
    port = try values.integer("PORT", 0...65_535)
    publicURL = try Self.publicURL(values)
    trustsProxy = try values.flag("TRUST_PROXY")
    dataFolder = URL(fileURLWithPath: values.text("DATA_DIR"), isDirectory: true)
    resourcesFolder = try Self.resourcesFolder(values)
    maxLeads = try values.integer("MAX_LEADS", 1...1_000_000)
    maxConcurrentLeads = try values.integer("MAX_CONCURRENT_LEADS", BatchOrder.concurrencyRange)
    maxConcurrentTotal = try values.integer("MAX_CONCURRENT_TOTAL", 1...1000)
    retryCount = try values.integer("RETRY_COUNT", BatchOrder.retryRange)
    retryPolicy = RetryPolicy(
      delay: try values.number("RETRY_DELAY", 0...3600), factor: try values.number("RETRY_BACKOFF_FACTOR", 1...10),
      maximumDelay: try values.number("RETRY_MAX_DELAY", 0...86_400))
    leadTimeout = try values.number("LEAD_TIMEOUT", 1...3600)
    requestTimeout = try values.number("REQUEST_TIMEOUT", 1...600)
    hostPause = try values.number("HOST_PAUSE", 0...60)
    let autoPausePercent = try values.integer("AUTO_PAUSE_PERCENT", 0...100)
    let autoPauseWindow = try values.integer("AUTO_PAUSE_WINDOW", 5...1000)
    autoPause = autoPausePercent == 0 ? nil : AutoPause(percent: autoPausePercent, window: autoPauseWindow)
    dailyBudget = try Self.budget(values)
    ratesFile = values.text("RATES_FILE").isEmpty ? nil : values.text("RATES_FILE")
    guard let zone = TimeZone(identifier: values.text("TIME_ZONE")) else {
      throw values.refusal("TIME_ZONE", expected: "a time zone such as UTC or America/New_York")
    }
    timeZone = zone
    importing = LeadImportOptions()
    importing.maxBytes = try values.integer("MAX_FILE_SIZE_MB", 1...100_000) * 1_048_576
    importing.chunkSize = try values.integer("CHUNK_SIZE", 1...100_000)
    guard let encoding = CSVEncoding(rawValue: values.text("ENCODING").lowercased()) else {
      throw values.refusal("ENCODING", expected: "automatic, utf-8, windows-1252, iso-8859-1, utf-16le or utf-16be")
    }
    importing.encoding = encoding
    importing.delimiterFallback = try Self.delimiter(values)
    importing.validateHeaders = try values.flag("VALIDATE_HEADERS")
    importing.skipEmptyRows = try values.flag("SKIP_EMPTY_ROWS")
    allowsPathTraversal = try values.flag("ALLOW_PATH_TRAVERSAL")
    guard let level = Logger.Level(rawValue: values.text("LOG_LEVEL")) else {
      throw values.refusal("LOG_LEVEL", expected: Logger.Level.allCases.map(\.rawValue).joined(separator: ", "))
    }
    logLevel = level
    socketsPerAccount = try values.integer("WS_MAX_PER_ACCOUNT", 1...10_000)
    if values.text("PIPELINE") != "local" {
      throw values.refusal("PIPELINE", expected: "local; reports by Prefect workers come with a later version")
    }
    corsOrigins = try Self.origins(values)
    allowsPrivateHosts = try values.flag("ALLOW_PRIVATE_HOSTS")
    providers = try Self.providers(values, allowsPrivateHosts: allowsPrivateHosts)
    providerTimeout = try values.number("PROVIDER_TIMEOUT", 1...120)
    features = try FeatureFlag.allCases.reduce(into: [:]) { $0[$1] = try values.flag($1.rawValue) }
    isDemo = try values.flag("BATCH_RUNNER_MOCK_MODE")
  }

  private static func delimiter(_ values: SettingValues) throws -> UInt8 {
    switch values.text("DELIMITER_FALLBACK").lowercased() {
    case "comma", ",": return UInt8(ascii: ",")
    case "semicolon", ";": return UInt8(ascii: ";")
    case "tab", "\t": return UInt8(ascii: "\t")
    case "pipe", "|": return UInt8(ascii: "|")
    default: throw values.refusal("DELIMITER_FALLBACK", expected: "comma, semicolon, tab, pipe or the sign itself")
    }
  }

  private static func publicURL(_ values: SettingValues) throws -> URL? {
    let text = values.text("PUBLIC_URL")
    if text.isEmpty { return nil }
    guard let url = URL(string: text), ["http", "https"].contains(url.scheme), url.host != nil, url.path.isEmpty || url.path == "/", url.query == nil
    else { throw values.refusal("PUBLIC_URL", expected: "an address such as https://reports.example.com, without a path") }
    return url
  }

  private static func budget(_ values: SettingValues) throws -> Money? {
    let text = values.text("DAILY_BUDGET_USD")
    if text.isEmpty { return nil }
    // `Decimal(string:)` reads a number at the start and passes over the rest: "1.000.000" would be one dollar.
    guard text.wholeMatch(of: /[0-9]+(\.[0-9]{1,6})?/) != nil, let number = Decimal(string: text, locale: Locale(identifier: "en_US_POSIX")),
      let money = Money(usd: number)
    else { throw values.refusal("DAILY_BUDGET_USD", expected: "dollars such as 250 or 99.50, or nothing for no limit") }
    return money
  }

  private static func origins(_ values: SettingValues) throws -> [String] {
    let texts = values.text("CORS_ORIGINS").split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
    for text in texts {
      guard let url = URL(string: text), ["http", "https"].contains(url.scheme), url.host != nil, url.path.isEmpty else {
        throw values.refusal("CORS_ORIGINS", expected: "origins such as https://app.example.com, separated by commas")
      }
    }
    return texts
  }

  /// The folder that was set, or the nearest one above the working folder or the program that holds migrations and Templates.
  private static func resourcesFolder(_ values: SettingValues) throws -> URL {
    let text = values.text("RESOURCES_DIR")
    let isHome = { (folder: URL) in
      ["migrations", "Templates", "Public"].allSatisfy { FileManager.default.fileExists(atPath: folder.appendingPathComponent($0).path) }
    }
    if !text.isEmpty {
      let folder = URL(fileURLWithPath: text, isDirectory: true)
      guard isHome(folder) else { throw values.refusal("RESOURCES_DIR", expected: "a folder with Templates, Public and migrations") }
      return folder
    }
    let starts = [URL(fileURLWithPath: FileManager.default.currentDirectoryPath), Bundle.main.executableURL?.deletingLastPathComponent()]
    for start in starts.compactMap({ $0 }) {
      var folder = start.standardizedFileURL
      while folder.path != "/" {
        if isHome(folder) { return folder }
        folder.deleteLastPathComponent()
      }
    }
    throw values.refusal("RESOURCES_DIR", expected: "a folder with Templates, Public and migrations")
  }
}
