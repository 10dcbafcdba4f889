import HTTPTypes
import Testing

@testable import WebSockets

@Suite("Which answers are compressed")
struct CompressionRulesTests {
  private func accepts(_ header: String?) -> Bool {
    var request = HTTPRequest(method: .get, scheme: "http", authority: "x", path: "/")
    request.headerFields[.acceptEncoding] = header
    return CompressionRules.acceptsGzip(request)
  }

  private func isWorthwhile(_ fields: HTTPFields, _ status: HTTPResponse.Status = .ok) -> Bool {
    CompressionRules.isWorthwhile(HTTPResponse(status: status, headerFields: fields))
  }

  @Test("gzip is taken when the client names it, or anything, with a quality above 0")
  func accepting() {
    for header in ["gzip", "br, GZIP;q=0.5", "*", "x-gzip", "deflate , gzip ; q=1.0", "br;q=0, *;q=0.1"] { #expect(accepts(header)) }
    for header in [nil, "", "br", "gzip;q=0", "gzip; Q=0.000", "*;q=0", "gzip;q=0, *", "identity, ;"] { #expect(!accepts(header)) }
  }

  @Test("texts are compressed, other types are not")
  func types() {
    for type in [
      "text/html", "Text/CSV; charset=utf-8", "application/json", "application/problem+json", "image/svg+xml", "application/javascript",
      "application/manifest+json", "application/xml", "application/x-ndjson",
    ] { #expect(isWorthwhile([.contentType: type])) }
    for type in ["image/png", "application/pdf", "application/zip", "font/woff2", "application/octet-stream", ""] {
      #expect(!isWorthwhile([.contentType: type]))
    }
    #expect(!isWorthwhile([:]))
  }

  @Test("length, status and header fields can forbid it")
  func refusals() {
    let text: HTTPFields = [.contentType: "text/html"]
    func with(_ name: HTTPField.Name, _ value: String) -> HTTPFields {
      var fields = text
      fields[name] = value
      return fields
    }
    #expect(isWorthwhile(with(.contentLength, "1024")))
    #expect(!isWorthwhile(with(.contentLength, "1023")))
    #expect(!isWorthwhile(with(.contentEncoding, "gzip")))
    #expect(!isWorthwhile(with(.contentRange, "bytes 0-9/99")))
    #expect(!isWorthwhile(with(.cacheControl, "public, No-Transform")))
    for status: HTTPResponse.Status in [.noContent, .notModified, .partialContent] { #expect(!isWorthwhile(text, status)) }
    #expect(isWorthwhile(text, .internalServerError))
  }

  @Test("Vary keeps what it says, and says Accept-Encoding once")
  func vary() {
    func vary(_ before: String?) -> String? {
      var head = HTTPResponse(status: .ok)
      head.headerFields[.vary] = before
      CompressionRules.addVary(to: &head)
      return head.headerFields[.vary]
    }
    #expect(vary(nil) == "Accept-Encoding")
    #expect(vary("Cookie") == "Cookie, Accept-Encoding")
    #expect(vary("accept-encoding, Cookie") == "accept-encoding, Cookie")
    #expect(vary("*") == "*")
  }

  @Test("a strong ETag becomes weak, a weak one stays")
  func eTags() {
    var head = HTTPResponse(status: .ok, headerFields: [.eTag: "W/\"1\"", .contentLength: "9"])
    CompressionRules.markCompressed(&head)
    #expect(head.headerFields[.eTag] == "W/\"1\"")
    #expect(head.headerFields[.contentLength] == nil)
  }
}
