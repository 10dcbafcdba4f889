/// One setting as the environment, the command line and the help know it.
struct SettingDefinition: Sendable {
  /// Without the prefix: the variable is `BATCH_PORT`, the flag `--port`.
  var name: String
  /// What holds when it is not given; empty for none.
  var standard: String
  var summary: String

  var variable: String { Self.exactNames.contains(name) ? name : "BATCH_" + name }
  var flag: String { "--" + name.lowercased().split(separator: "_").joined(separator: "-") }

  /// Feature flags are known by names of their own (contract, section 7).
  private static let exactNames: Set<String> = [
    "ENABLE_BATCH_PROCESSING", "ENABLE_BATCH_RUNNER_UI", "BATCH_RUNNER_MOCK_MODE", "BATCH_RUNNER_WS_DEBUG",
  ]
}

extension SettingDefinition {
  /// Every setting there is: the help, the README's table and the parser are held against this list.
  static let all: [SettingDefinition] = own + providers

  private static let own: [SettingDefinition] = [
    .init(name: "HOST", standard: "127.0.0.1", summary: "Address to listen on."),
    .init(name: "PORT", standard: "8080", summary: "Port to listen on; 0 takes a free one."),
    .init(name: "PUBLIC_URL", standard: "", summary: "Address under which browsers reach the server; https turns on secure cookies and HSTS."),
    .init(name: "TRUST_PROXY", standard: "false", summary: "Take the client's address from the last entry of X-Forwarded-For, which a proxy in front sets."),
    .init(name: "DATA_DIR", standard: "data", summary: "Folder of the database and the reports."),
    .init(name: "RESOURCES_DIR", standard: "", summary: "Folder with Templates, Public and migrations; found by itself when the server runs in its checkout."),
    .init(name: "MAX_LEADS", standard: "1000", summary: "Leads that one batch may take."),
    .init(name: "MAX_CONCURRENT_LEADS", standard: "5", summary: "Leads at a time that a batch gets when it asks for nothing else, 1 to 100."),
    .init(name: "MAX_CONCURRENT_TOTAL", standard: "50", summary: "Leads at a time over all batches."),
    .init(name: "RETRY_COUNT", standard: "3", summary: "Retries of a lead after a passing failure, 0 to 5."),
    .init(name: "RETRY_DELAY", standard: "1", summary: "Seconds before the first retry."),
    .init(name: "RETRY_BACKOFF_FACTOR", standard: "2", summary: "Each further retry waits this many times longer."),
    .init(name: "RETRY_MAX_DELAY", standard: "60", summary: "Seconds that a retry waits at most."),
    .init(
      name: "AUTO_PAUSE_PERCENT", standard: "80",
      summary: "A batch pauses when this many percent of its last leads failed at their first try with faults that may pass or be ours; 0 never pauses."),
    .init(name: "AUTO_PAUSE_WINDOW", standard: "20", summary: "How many of its last leads that looks at, 5 to 1000."),
    .init(name: "LEAD_TIMEOUT", standard: "60", summary: "Seconds for one try at a lead's website; the calls to paid providers after it have their own."),
    .init(name: "REQUEST_TIMEOUT", standard: "10", summary: "Seconds for one request to a website."),
    .init(
      name: "HOST_PAUSE", standard: "0.25", summary: "Seconds between two requests to one website's host; a Crawl-delay up to 10 s in robots.txt counts too."
    ),
    .init(name: "DAILY_BUDGET_USD", standard: "", summary: "Dollars that a day's batches may cost; unset means no limit."),
    .init(
      name: "RATES_FILE", standard: "",
      summary: "JSON file of prices, read at the start and again within seconds of a change; unset means that prices come from the page alone."),
    .init(name: "TIME_ZONE", standard: "UTC", summary: "Time zone of the budget's day, of days in filters and of times on pages."),
    .init(name: "MAX_FILE_SIZE_MB", standard: "500", summary: "Megabytes that an imported file may have."),
    .init(name: "CHUNK_SIZE", standard: "1000", summary: "Rows of an import that are written together."),
    .init(name: "ENCODING", standard: "automatic", summary: "Encoding of imported files: automatic, utf-8, windows-1252, iso-8859-1, utf-16le or utf-16be."),
    .init(
      name: "DELIMITER_FALLBACK", standard: "comma",
      summary: "Delimiter of imported files in which none is found: comma, semicolon, tab, pipe or the sign itself."),
    .init(name: "VALIDATE_HEADERS", standard: "true", summary: "Refuse an import in which two columns have the same header."),
    .init(name: "SKIP_EMPTY_ROWS", standard: "true", summary: "Pass over empty rows of an import instead of listing them."),
    .init(name: "ALLOW_PATH_TRAVERSAL", standard: "false", summary: "Let leads import read a file outside the working folder, by whatever path or link."),
    .init(name: "LOG_LEVEL", standard: "info", summary: "trace, debug, info, notice, warning, error or critical."),
    .init(name: "WS_MAX_PER_ACCOUNT", standard: "20", summary: "Open sockets that one account may have."),
    .init(name: "PIPELINE", standard: "local", summary: "Where reports are made. Only local is there yet."),
    .init(name: "CORS_ORIGINS", standard: "", summary: "Origins whose scripts may call the API, separated by commas."),
    .init(name: "ALLOW_PRIVATE_HOSTS", standard: "false", summary: "Fetch websites on private and loopback addresses."),
    .init(name: "ENABLE_BATCH_PROCESSING", standard: "true", summary: "Whether batches are started and run, until an admin switches it."),
    .init(
      name: "ENABLE_BATCH_RUNNER_UI", standard: "true", summary: "Whether the pages about leads and batches are there, until an admin switches it."),
    .init(
      name: "BATCH_RUNNER_WS_DEBUG", standard: "false", summary: "Whether each progress message is logged, until an admin switches it."),
    .init(name: "BATCH_RUNNER_MOCK_MODE", standard: "false", summary: "The same as --demo."),
  ]
}
