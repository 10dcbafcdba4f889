import BatchReports
import Foundation
import Hummingbird
import NIOCore
import Testing

@testable import Web

@Suite struct MultipartTests {
  private let body = """
    preamble to skip\r
    --XX\r
    Content-Disposition: form-data; name="csrf"\r
    \r
    token\r
    --XX\r
    content-disposition: form-data; name="file"; filename="C:\\dir\\leads \\"1\\".csv"\r
    Content-Type: text/csv\r
    \r
    name,website\r
    --X not the boundary\r
    A,--XX\r
    \r
    --XX  \r
    Content-Disposition: form-data; name="empty"\r
    \r
    \r
    --XX--\r
    epilogue
    """

  private func reader(_ text: String, pieces: Int, limit: Int = 1_000_000) -> MultipartReader {
    let bytes = Array(text.utf8)
    let parts = stride(from: 0, to: bytes.count, by: pieces).map { ByteBuffer(bytes: bytes[$0..<min(bytes.count, $0 + pieces)]) }
    let stream = AsyncStream { continuation in
      for part in parts { continuation.yield(part) }
      continuation.finish()
    }
    return MultipartReader(RequestBody(asyncSequence: stream), boundary: "XX", limit: limit)
  }

  @Test("Parts are the same wherever the network cuts the body", arguments: [1, 2, 3, 5, 7, 11, 64, 100_000])
  func split(_ pieces: Int) async throws {
    var reader = reader(body, pieces: pieces)
    let csrf = try #require(try await reader.next())
    #expect(csrf.name == "csrf")
    #expect(csrf.fileName == nil)
    #expect(try await reader.text() == "token")
    let file = try #require(try await reader.next())
    #expect(file.name == "file")
    #expect(file.fileName == "leads \"1\".csv")
    #expect(file.contentType == "text/csv")
    #expect(try await reader.text() == "name,website\r\n--X not the boundary\r\nA,--XX\r\n")
    #expect(try await reader.next()?.name == "empty")
    #expect(try await reader.text() == "")
    #expect(try await reader.next() == nil)
    #expect(try await reader.next() == nil)
  }

  @Test("What is left of a part is skipped by asking for the next")
  func skip() async throws {
    var reader = reader(body, pieces: 4)
    var names: [String] = []
    while let part = try await reader.next() { names.append(part.name) }
    #expect(names == ["csrf", "file", "empty"])
  }

  @Test(
    "A body that breaks the format is refused",
    arguments: [
      "", "no boundary at all", "--XX\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\ncut off in the midd",
      "--XX\r\n\r\nno name\r\n--XX--",
      "--XX\r\nno colon\r\n\r\nx\r\n--XX--", "--XXjunk\r\n\r\n", "--XX\r\nContent-Disposition: attachment; name=\"a\"\r\n\r\nx\r\n--XX--",
      "--XX\r\nA: " + String(repeating: "a", count: 9000) + "\r\n\r\nx\r\n--XX--",
    ])
  func broken(_ text: String) async {
    await #expect(
      performing: {
        var reader = reader(text, pieces: 50)
        while try await reader.next() != nil { _ = try await reader.text() }
      }, throws: { ($0 as? any Refusal)?.code == .invalidInput })
  }

  @Test("A part that is not UTF-8 is no text")
  func notText() async throws {
    let bytes = Array("--XX\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n".utf8) + [0xFF, 0xFE] + Array("\r\n--XX--".utf8)
    var reader = MultipartReader(RequestBody(buffer: ByteBuffer(bytes: bytes)), boundary: "XX", limit: 1000)
    _ = try await reader.next()
    await #expect(throws: RequestRefusal.malformed("A field is not UTF-8 text.")) { try await reader.text() }
  }

  @Test("A body past its limit, a field past its limit, and too many parts are refused")
  func limits() async throws {
    var whole = reader(body, pieces: 16, limit: 100)
    await #expect(throws: RequestRefusal.payloadTooLarge(limitBytes: 100)) { while try await whole.next() != nil {} }
    var field = reader(body, pieces: 16)
    _ = try await field.next()
    await #expect(throws: RequestRefusal.payloadTooLarge(limitBytes: 3)) { try await field.text(upTo: 3) }
    let many =
      (0...MultipartReader.maximumParts).map { "--XX\r\nContent-Disposition: form-data; name=\"\($0)\"\r\n\r\nx\r\n" }.joined() + "--XX--"
    var parts = reader(many, pieces: 1000)
    await #expect(throws: RequestRefusal.self) { while try await parts.next() != nil {} }
  }

  @Test("Chunks of a large part hold no more than what came in one read")
  func chunks() async throws {
    let text = "--XX\r\nContent-Disposition: form-data; name=\"f\"\r\n\r\n" + String(repeating: "0123456789", count: 100_000) + "\r\n--XX--"
    var reader = reader(text, pieces: 1024, limit: 2_000_000)
    _ = try await reader.next()
    var largest = 0
    var total = 0
    while let chunk = try await reader.chunk() {
      largest = max(largest, chunk.readableBytes)
      total += chunk.readableBytes
    }
    #expect(total == 1_000_000)
    #expect(largest <= 2048)
  }

  @Test("The boundary is read from the header, quoted or bare")
  func boundary() {
    #expect(MultipartHeaders.boundary("multipart/form-data; boundary=abc") == "abc")
    #expect(MultipartHeaders.boundary("multipart/form-data; charset=utf-8; Boundary=\"a b;c\"") == "a b;c")
    for header in [
      "multipart/form-data", "multipart/form-data; boundary=", "multipart/form-data; boundary=\"\(String(repeating: "x", count: 71))\"",
    ] {
      #expect(MultipartHeaders.boundary(header) == nil)
    }
  }
}
