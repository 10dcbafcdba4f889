import HTTPFetch

/// A robots.txt, read by RFC 9309.
struct RobotsFile: Sendable, Hashable {
  /// RFC 9309, 2.5: at least 500 KiB are to be read.
  static let byteLimit = 512 * 1024
  private static let lineLimit = 20_000
  /// Bytes of a path that are compared; a longer rule matches nothing. It bounds the work that a hostile file can cause.
  private static let matchLimit = 1_000

  struct Rule: Sendable, Hashable {
    var allows: Bool
    var path: String
  }
  private struct Group {
    var agents: [String] = []
    var rules: [Rule] = []
    var crawlDelay: Double?
  }

  /// The rules for our agent: those of its own groups, else those for "*".
  private(set) var rules: [Rule] = []
  /// Seconds that our agent is asked to leave between requests (a wide-spread extension); nil where nothing is said.
  private(set) var crawlDelay: Double?
  private(set) var sitemaps: [String] = []
  /// The first line that no robot understands, as evidence; nil when the file parses.
  private(set) var firstBadLine: String?

  init(_ text: String, agent: String = "batchreports") {
    var groups: [Group] = []
    var isListingAgents = false
    let body = text.hasPrefix("\u{FEFF}") ? String(text.dropFirst()) : text
    for raw in body.split(maxSplits: Self.lineLimit, whereSeparator: \.isNewline).prefix(Self.lineLimit) {
      let line = raw.prefix { $0 != "#" }.trimmed
      if line.isEmpty { continue }
      guard let colon = line.firstIndex(of: ":") else {
        noteBad(line)
        continue
      }
      let key = line[..<colon].trimmed.lowercased()
      let value = line[line.index(after: colon)...].trimmed
      switch key {
      case "user-agent":
        if !isListingAgents { groups.append(Group()) }
        isListingAgents = true
        // "BatchReports/1.0" names us as well: the product token ends at the first other sign (RFC 9309, 2.2.1).
        let token = value.lowercased().prefix { $0.isASCII && ($0.isLetter || $0 == "-" || $0 == "_") }
        groups[groups.count - 1].agents.append(value == "*" ? "*" : String(token))
      case "allow", "disallow":
        isListingAgents = false
        guard !groups.isEmpty else {
          noteBad(line)
          continue
        }
        // An empty Disallow allows everything: it is no rule.
        if !value.isEmpty { groups[groups.count - 1].rules.append(Rule(allows: key == "allow", path: value)) }
      case "sitemap":
        if !value.isEmpty { sitemaps.append(value) }
      case "crawl-delay":
        if !groups.isEmpty, let seconds = Double(value), seconds >= 0 { groups[groups.count - 1].crawlDelay = seconds }
      default:
        // Clean-param and the like are other people's extensions; markup is no robots.txt at all.
        if key.contains("<") || key.contains(" ") { noteBad(line) }
      }
    }
    let ours = groups.filter { $0.agents.contains(agent) }
    let valid = ours.isEmpty ? groups.filter { $0.agents.contains("*") } : ours
    rules = valid.flatMap(\.rules)
    crawlDelay = valid.compactMap(\.crawlDelay).max()
  }

  /// The file in an answer.
  init(_ page: FetchedPage) {
    let (bytes, _) = TextDecoding.utf8(page.body, contentType: page.header("Content-Type"))
    self.init(String(decoding: bytes, as: UTF8.self))
  }

  private mutating func noteBad(_ line: String) {
    firstBadLine = firstBadLine ?? line
  }

  /// Whether a path may be fetched: the longest matching rule decides, and at a tie the one that allows (RFC 9309, 2.2.2).
  func allows(_ path: String) -> Bool { deciding(path)?.allows ?? true }

  /// The rule that decides about a path.
  func deciding(_ path: String) -> Rule? {
    let path = path.hasPrefix("/") ? path : "/" + path
    var best: Rule?
    for rule in rules where Self.matches(rule.path, path) {
      let length = rule.path.utf8.count, bestLength = best?.path.utf8.count ?? -1
      if length > bestLength || (length == bestLength && rule.allows) { best = rule }
    }
    return best
  }

  /// `*` stands for any characters, `$` at the end for the end of the path. Greedy, with one step back: never exponential.
  static func matches(_ pattern: String, _ path: String) -> Bool {
    guard pattern.utf8.count <= matchLimit else { return false }
    var pattern = Array(pattern.utf8)
    let path = Array(path.utf8.prefix(matchLimit))
    let isAnchored = pattern.last == UInt8(ascii: "$")
    if isAnchored { pattern.removeLast() } else { pattern.append(UInt8(ascii: "*")) }
    var p = 0, s = 0
    var star: Int?
    var resume = 0
    while s < path.count {
      if p < pattern.count, pattern[p] == UInt8(ascii: "*") {
        star = p
        resume = s
        p += 1
      } else if p < pattern.count, pattern[p] == path[s] {
        p += 1
        s += 1
      } else if let star {
        p = star + 1
        resume += 1
        s = resume
      } else {
        return false
      }
    }
    while p < pattern.count, pattern[p] == UInt8(ascii: "*") { p += 1 }
    return p == pattern.count
  }
}
