import BatchReports
import Foundation

/// Where a provider is reached and with which key.
public struct ProviderAccess: Sendable {
  public var provider: PaidProvider
  /// Without a slash at its end.
  public var baseURL: String
  public var key: ProviderKey
  /// The language model, for the provider that has one.
  public var model: String

  public init(_ provider: PaidProvider, baseURL: String? = nil, key: String, model: String? = nil) {
    self.provider = provider
    var base = baseURL ?? Self.standardBaseURL(of: provider)
    while base.hasSuffix("/") { base.removeLast() }
    self.baseURL = base
    self.key = ProviderKey(key)
    self.model = model ?? Self.standardModel
  }

  public static let standardModel = "gpt-4o-mini"

  public static func standardBaseURL(of provider: PaidProvider) -> String {
    switch provider {
    case .pagespeed: "https://www.googleapis.com"
    case .screenshotone: "https://api.screenshotone.com"
    case .hunter: "https://api.hunter.io"
    case .dataAxle: "https://api.data-axle.com"
    case .semrush: "https://api.semrush.com"
    case .openai: "https://api.openai.com/v1"
    }
  }

  /// Host and port, as pages may show them.
  public var host: String {
    guard let url = URL(string: baseURL), let host = url.host else { return "" }
    return url.port.map { "\(host):\($0)" } ?? host
  }

  /// An address below the base, with a query whose values are percent-encoded (RFC 3986, 2.3).
  func url(_ path: String, _ query: [(String, String)] = []) -> String {
    let pairs = query.map { "\($0.0)=\(Self.encoded($0.1))" }
    return baseURL + path + (pairs.isEmpty ? "" : "?" + pairs.joined(separator: "&"))
  }

  private static let unreserved = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~".utf8)

  /// Percent-encoded as the value of a query.
  static func encoded(_ text: String) -> String {
    let digits = Array("0123456789ABCDEF".utf8)
    var bytes: [UInt8] = []
    for byte in text.utf8 {
      if unreserved.contains(byte) { bytes.append(byte) } else { bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]] }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}

/// A secret that no log, message or dump shows.
public struct ProviderKey: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  let secret: String

  init(_ secret: String) { self.secret = secret }

  public var description: String { "(hidden)" }
  public var debugDescription: String { "(hidden)" }
  public var customMirror: Mirror { Mirror(self, children: []) }
}
