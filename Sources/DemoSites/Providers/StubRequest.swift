import Foundation

/// A request as a stub reads it.
struct StubRequest: Sendable {
  var method: String
  /// Behind the provider's own part: "/take".
  var path: String
  var query: [String: String]
  var headers: [String: String]
  var body: Data

  /// Nil for a path that belongs to no provider.
  static func read(method: String, target: String, headers: [(String, String)], body: Data) -> (StubProvider, StubRequest)? {
    let parts = target.split(separator: "?", maxSplits: 1)
    let words = (parts.first ?? "").split(separator: "/", maxSplits: 1)
    guard let first = words.first, let provider = StubProvider(rawValue: String(first)) else { return nil }
    var query: [String: String] = [:]
    for pair in (parts.count > 1 ? parts[1] : "").split(separator: "&") {
      let sides = pair.split(separator: "=", maxSplits: 1).map { String($0).removingPercentEncoding ?? "" }
      if sides.count == 2 { query[sides[0]] = sides[1] }
    }
    let named = headers.reduce(into: [String: String]()) { $0[$1.0.lowercased()] = $1.1 }
    let path = "/" + (words.count > 1 ? words[1] : "")
    return (provider, StubRequest(method: method, path: path, query: query, headers: named, body: body))
  }

  func subject(_ provider: StubProvider) -> StubSubject {
    let order = (try? JSONSerialization.jsonObject(with: body)) as? [String: Any]
    let name: String? =
      switch provider {
      case .pagespeed, .screenshotone: query["url"]
      case .hunter, .semrush: query["domain"]
      case .dataAxle: (order?["identifiers"] as? [String: String])?["name"]
      case .openai:
        (order?["messages"] as? [[String: String]])?.last?["content"].flatMap {
          (try? JSONSerialization.jsonObject(with: Data($0.utf8))) as? [String: Any]
        }?["business"] as? String
      }
    return StubSubject(provider, name ?? "")
  }
}

/// What a stub sends back.
struct StubAnswer: Sendable {
  var status: Int
  var type = "application/json; charset=utf-8"
  var headers: [(name: String, value: String)] = []
  var body: Data
  /// Whether the service would put it on its bill.
  var isBilled = false

  init(status: Int = 200, type: String = "application/json; charset=utf-8", body: Data, isBilled: Bool = false) {
    self.status = status
    self.type = type
    self.body = body
    self.isBilled = isBilled
  }

  /// An object as JSON.
  static func json(_ object: [String: Any], status: Int = 200, isBilled: Bool = false) -> StubAnswer {
    // Only dictionaries, lists, texts and numbers written in this folder come here, which always encode.
    let data = (try? JSONSerialization.data(withJSONObject: object, options: [.sortedKeys])) ?? Data()
    return StubAnswer(status: status, body: data, isBilled: isBilled)
  }
}
