import Foundation

/// What libcurl tells of the server's own certificate, the first of the chain.
struct PeerCertificate {
  var subject: String?
  var issuer: String?
  var validFrom: Date?
  var expires: Date?
  /// DNS names and addresses of the subject alternative name, else the common name; small letters.
  var names: [String] = []

  /// Reads fields of the form "Subject:CN = example.org", as CURLINFO_CERTINFO lists them.
  init(fields: [String]) {
    for field in fields {
      guard let colon = field.firstIndex(of: ":") else { continue }
      let value = String(field[field.index(after: colon)...])
      switch field[..<colon] {
      case "Subject": subject = value
      case "Issuer": issuer = value
      case "Start date": validFrom = Self.date(value)
      case "Expire date": expires = Self.date(value)
      case "X509v3 Subject Alternative Name": names = Self.alternativeNames(value)
      default: continue
      }
    }
    if names.isEmpty, let commonName = Self.commonName(subject) { names = [commonName] }
  }

  /// Whether the certificate stands for this host: a wildcard covers exactly one label, the leftmost (RFC 6125, 6.4.3).
  func covers(host: String) -> Bool {
    let host = host.lowercased()
    if let address = IPAddress(host) { return names.contains { IPAddress($0) == address } }
    let trimmed = host.hasSuffix(".") ? String(host.dropLast()) : host
    return names.contains { name in
      guard name.hasPrefix("*."), name.dropFirst(2).contains(".") else { return name == trimmed }
      guard let dot = trimmed.firstIndex(of: "."), dot != trimmed.startIndex else { return false }
      return trimmed[dot...] == name.dropFirst()
    }
  }

  /// "DNS:example.org, DNS:*.example.org, IP Address:192.0.2.1" as OpenSSL prints it.
  private static func alternativeNames(_ text: String) -> [String] {
    text.split(separator: ",").compactMap { entry in
      let entry = entry.trimmingCharacters(in: .whitespaces)
      for kind in ["DNS:", "IP Address:"] where entry.hasPrefix(kind) { return entry.dropFirst(kind.count).lowercased() }
      return nil
    }
  }

  private static func commonName(_ subject: String?) -> String? {
    for part in (subject ?? "").split(separator: ",") {
      let pair = part.split(separator: "=", maxSplits: 1).map { $0.trimmingCharacters(in: .whitespaces) }
      if pair.count == 2, pair[0] == "CN" { return pair[1].lowercased() }
    }
    return nil
  }

  /// "Jan  5 09:34:43 2024 GMT", OpenSSL's way, or "2024-01-05 09:34:43 GMT", that of libcurl's other TLS libraries.
  private static func date(_ text: String) -> Date? {
    let words = text.split { " -:".contains($0) }.map(String.init)
    guard words.count == 7, words.last == "GMT" else { return nil }
    let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    let numbers = words.dropLast().compactMap { word in Int(word) ?? months.firstIndex(of: word).map { $0 + 1 } }
    guard numbers.count == words.count - 1 else { return nil }
    // Month, day, hour, minute, second, year; or the year first.
    let order = months.contains(words[0]) ? [5, 0, 1, 2, 3, 4] : [0, 1, 2, 3, 4, 5]
    var calendar = Calendar(identifier: .gregorian)
    calendar.timeZone = .gmt
    return calendar.date(
      from: DateComponents(
        year: numbers[order[0]], month: numbers[order[1]], day: numbers[order[2]], hour: numbers[order[3]],
        minute: numbers[order[4]], second: numbers[order[5]]))
  }
}
