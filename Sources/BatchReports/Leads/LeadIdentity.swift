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
  public static func candidates(of draft: LeadDraft) -> [LeadIdentity] {
    let named = LeadIdentity(name: draft.name, city: draft.city, region: draft.region)
    return [LeadIdentity(website: draft.website), LeadIdentity(email: draft.email), named].compactMap(\.self)
  }

  public init(of lead: Lead) {
    self =
      LeadIdentity(website: lead.website) ?? LeadIdentity(email: lead.email)
      ?? LeadIdentity(name: lead.name, city: lead.city, region: lead.region)
  }

  private init?(website: String) {
    guard let address = Self.address(of: website) else { return nil }
    text = "w:" + address
  }

  private init?(email: String) {
    if email.isEmpty { return nil }
    text = "e:" + email.lowercased()
  }

  private init(name: String, city: String, region: String) {
    text = "n:" + [name, city, region].map(Self.squeezed).joined(separator: "|")
  }

  /// 63 bits of FNV-1a, for an index with small entries; whoever finds a row by it compares the text as well.
  public var hash: Int64 {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
    return Int64(hash >> 1)
  }

  /// Host and path of a website as they are compared; nil for an empty text. Works on bytes: an import asks this of every row, twice.
  static func address(of website: String) -> String? {
    var rest = website.utf8.drop { $0 <= 0x20 }
    if let colon = rest.firstIndex(of: UInt8(ascii: ":")), rest[colon...].starts(with: "://".utf8) { rest = rest[colon...].dropFirst(3) }
    rest = rest.prefix { $0 > 0x20 && $0 != UInt8(ascii: "?") && $0 != UInt8(ascii: "#") }
    let slash = rest.firstIndex(of: UInt8(ascii: "/")) ?? rest.endIndex
    var host = Substring(rest[..<slash]).lowercased()
    if let sign = host.lastIndex(of: "@") { host = String(host[host.index(after: sign)...]) }
    for port in [":80", ":443"] where host.hasSuffix(port) { host.removeLast(port.count) }
    if host.hasSuffix(".") { host.removeLast() }
    if host.hasPrefix("www.") { host.removeFirst(4) }
    var path = rest[slash...]
    while path.last == UInt8(ascii: "/") { path = path.dropLast() }
    let address = host + Substring(path)
    return address.isEmpty ? nil : address
  }

  /// Lower case, with single spaces.
  private static func squeezed(_ text: String) -> String {
    text.lowercased().utf8.split { $0 <= 0x20 }.map { String(Substring($0)) }.joined(separator: " ")
  }
}
