import Testing

@testable import WebsiteAudit

@Suite("Web addresses")
struct WebAddressTests {
  @Test(
    "are read leniently",
    arguments: [
      ("https://Example.COM./a?b#c", "example.com", nil, "/a?b"), ("http://user:pw@h.example:8080", "h.example", 8_080, ""),
      ("https://[2001:db8::1]:444/x", "[2001:db8::1]", 444, "/x"),
      ("HTTPS://a.example?q", "a.example", nil, "?q"), ("https://a.example:", "a.example", nil, ""),
    ] as [(String, String, Int?, String)])
  func read(text: String, host: String, port: Int?, path: String) {
    let address = WebAddress(text)
    #expect(address?.host == host)
    #expect(address?.port == port)
    #expect(address?.path == path)
  }

  @Test(
    "need scheme and host",
    arguments: [
      "", "example.com", "ftp://a.example", "https://", "https:///x", "https://a b", "https://a:99999", "https://a:x", "mailto:a@b.example",
    ])
  func refused(text: String) {
    #expect(WebAddress(text) == nil)
  }

  @Test(
    "resolve references",
    arguments: [
      ("/x", "https://a.example/x"), ("x.jpg", "https://a.example/x.jpg"), ("//b.example/y", "https://b.example/y"),
      ("http://c.example/", "http://c.example/"),
      ("mailto:a@b.example", nil), ("javascript:void(0)", nil), ("data:image/png;base64,AA", nil), ("https://", nil),
    ])
  func resolve(reference: String, result: String?) {
    let resolved = WebAddress("https://a.example/dir/")?.resolving(reference)
    #expect(resolved.map { $0.origin + $0.path } == result)
  }

  @Test(
    "know their registered domain",
    arguments: [
      ("www.a.example", "a.example"), ("shop.baker.co.uk", "baker.co.uk"), ("a.example", "a.example"), ("127.0.0.1", "127.0.0.1"),
      ("x.y.z.example.com", "example.com"),
    ])
  func site(host: String, site: String) {
    #expect(WebAddress("https://\(host)/")?.site == site)
  }
}
