import Foundation
import Hummingbird
import Secrets

/// A notice that the next page shows once: what a form has done.
public struct Flash: Sendable, Hashable {
  public enum Tone: String, Sendable { case success, info, warning, danger }

  public var tone: Tone
  public var message: String

  public init(_ message: String, tone: Tone = .success) {
    self.tone = tone
    self.message = message
  }

  static let cookieName = "flash"

  /// Nil for a cookie that we did not write.
  init?(cookieValue: String) {
    guard let data = Base64URL.decode(cookieValue), let text = String(data: data, encoding: .utf8) else { return nil }
    let parts = text.split(separator: "|", maxSplits: 1)
    guard parts.count == 2, let tone = Tone(rawValue: String(parts[0])) else { return nil }
    self.init(String(parts[1]), tone: tone)
  }

  var cookieValue: String { Base64URL.encode(Data("\(tone.rawValue)|\(message.prefix(500))".utf8)) }
}

extension Response {
  /// 303 to a local path, whose page shows the notice. The cookie lives for a minute and is read by the server only.
  public static func seeOther(_ path: String, flash: Flash) -> Response {
    var response = seeOther(path)
    response.setCookie(
      Cookie(name: Flash.cookieName, value: flash.cookieValue, maxAge: 60, path: "/", httpOnly: true, sameSite: .lax))
    return response
  }

  mutating func clearCookie(_ name: String, secure: Bool) {
    setCookie(Cookie(name: name, value: "", maxAge: 0, path: "/", secure: secure, httpOnly: true, sameSite: .lax))
  }
}
