/// What makes two rows the same lead, so that importing a list again updates leads and adds none.
///
/// A lead is known by its strongest fact: its website (host and path, without `www.`, scheme, port 80 or 443, query and a trailing
/// slash), or without one its email, or without either its name, city and region. Letters' case never counts.
/// A row also finds a lead by a weaker fact, if that is the strongest one which that lead has: so a list that brings the websites of
/// leads that were known by their email updates them.
public struct LeadIdentity: Sendable, Hashable {
  /// The strongest fact, as text: `w:example.com/berlin`, `e:info@example.com` or `n:bakery|austin|tx`.
  public let text: String

  /// All facts of a lead, the strongest first; never empty.
  public static func candidates(name: String, website: String, email: String, city: String, region: String) -> [LeadIdentity] {
    var found: [LeadIdentity] = []
    if let address = address(of: website) { found.append(LeadIdentity(text: "w:" + address)) }
    if !email.isEmpty { found.append(LeadIdentity(text: "e:" + email.lowercased())) }
    found.append(LeadIdentity(text: "n:" + [name, city, region].map { squeezed($0) }.joined(separator: "|")))
    return found
  }

  public static func candidates(of draft: LeadDraft) -> [LeadIdentity] {
    candidates(name: draft.name, website: draft.website, email: draft.email, city: draft.city, region: draft.region)
  }

  private init(text: String) { self.text = text }

  public init(of lead: Lead) {
    self = Self.candidates(name: lead.name, website: lead.website, email: lead.email, city: lead.city, region: lead.region)[0]
  }

  /// 63 bits of FNV-1a, for an index with small entries; whoever finds a row by it compares the text as well.
  public var hash: Int64 {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
    return Int64(hash >> 1)
  }

  /// Host and path of a website as they are compared; nil for an empty text.
  static func address(of website: String) -> String? {
    var rest = Substring(website.trimmingPrefix { $0.isWhitespace })
    if let scheme = rest.firstRange(of: "://") { rest = rest[scheme.upperBound...] }
    rest = rest.prefix { $0 != "?" && $0 != "#" && !$0.isWhitespace }
    let slash = rest.firstIndex(of: "/") ?? rest.endIndex
    var host = rest[..<slash].lowercased()
    if let sign = host.lastIndex(of: "@") { host = String(host[host.index(after: sign)...]) }
    for port in [":80", ":443"] where host.hasSuffix(port) { host.removeLast(port.count) }
    if host.hasSuffix(".") { host.removeLast() }
    if host.hasPrefix("www.") { host.removeFirst(4) }
    var path = rest[slash...]
    while path.hasSuffix("/") { path = path.dropLast() }
    let address = host + path
    return address.isEmpty ? nil : address
  }

  /// Lower case, with single spaces.
  private static func squeezed(_ text: String) -> String {
    text.lowercased().split(whereSeparator: \.isWhitespace).joined(separator: " ")
  }
}
