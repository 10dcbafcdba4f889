import BatchReports
import Foundation
import HTTPFetch
import Testing

@testable import Providers

@Suite("Keys stay out of everything that comes back") struct KeyMaskTests {
  /// With letters that addresses and JSON write in other ways.
  private static let key = "s3cr+t/Key=0123456789"
  private static let encodedKey = "s3cr%2Bt%2FKey%3D0123456789"
  /// However it is written, this piece of it shows.
  private static let trace = "0123456789"

  private func ending(_ provider: PaidProvider, _ page: FetchedPage) async -> ProviderLine.Ending {
    await ProviderLine(ProviderAccess(provider, key: Self.key), fetch: { (_) async throws(FetchError) in page })
      .call(for: Subjects.named("Fish"), idempotencyKey: "b:1:x:1")
  }

  private func shows(_ ending: ProviderLine.Ending) -> Bool {
    var dumped = ""
    dump(ending, to: &dumped)
    let image = ending.part?.image.map { String(decoding: $0, as: UTF8.self) } ?? ""
    return (dumped + "\(ending)" + String(reflecting: ending) + image).contains(Self.trace)
  }

  /// The address and the key in every place where an error has words.
  private var errors: [String] {
    let address = "https://api.example/?type=x&key=\(Self.encodedKey)"
    return [
      #"{"error":{"code":400,"message":"\#(address)","status":"\#(Self.key)","errors":[{"domain":"\#(Self.key)","reason":"\#(Self.key)"}]}}"#,
      #"{"error":{"message":"Incorrect API key provided: \#(Self.key)","type":"\#(Self.trace)","code":"key_\#(Self.trace)"}}"#,
      #"{"is_successful":false,"error_code":"\#(Self.trace)","error_message":"\#(address)"}"#,
      #"{"errors":[{"id":"\#(Self.trace)","code":401,"details":"No user found for \#(Self.key)"}]}"#, #"{"error":"\#(address)"}"#,
      "ERROR 120 :: WRONG KEY - ID PAIR \(address) \(Self.key)", "<h1>Bad gateway</h1><p>\(address)</p>",
    ]
  }

  @Test("an error that repeats the address or the key leaves no trace of it", arguments: PaidProvider.allCases)
  func errors(_ provider: PaidProvider) async {
    for text in errors {
      for status in [200, 302, 400, 401, 403, 404, 408, 422, 429, 451, 500, 502, 503] {
        let headers = [HTTPHeader("Location", "https://a.example/?key=\(Self.encodedKey)"), HTTPHeader("Retry-After", Self.key)]
        let ending = await ending(provider, answer(text, status: status, headers: headers))
        #expect(!shows(ending), "\(provider) \(status) \(text)")
      }
    }
  }

  @Test("nor does a transfer that fails with the address in its words", arguments: PaidProvider.allCases)
  func transfers(_ provider: PaidProvider) async {
    let words = "https://api.example/?key=\(Self.encodedKey) \(Self.key)"
    let errors: [FetchError] = [
      .invalidURL(words), .addressRefused(address: words), .nameNotResolved(host: words), .connectFailed(detail: words), .tlsFailed(detail: words),
      .brokenTransfer(detail: words), .timedOut(seconds: 60), .timedOut(seconds: 5), .tooLarge(limit: 1), .tooManyRedirects(limit: 0), .cancelled,
    ]
    for error in errors {
      let line = ProviderLine(ProviderAccess(provider, key: Self.key), fetch: { (_) async throws(FetchError) in throw error })
      #expect(!shows(await line.call(for: Subjects.named("Fish"), idempotencyKey: "k")))
    }
  }

  @Test(
    "a good answer that repeats the key is kept without it",
    arguments: [
      (PaidProvider.hunter, #"{"data":{"emails":[{"value":"a@b.example","confidence":90,"verification":{"status":"KEY"}}]}}"#),
      (.dataAxle, #"{"document":{"infogroup_id":"KEY","attributes":{"name":"Fish KEY","street":"ADDRESS"}}}"#),
      (.openai, #"{"id":"KEY","choices":[{"message":{"content":"Called with KEY, ADDRESS, ESCAPED and SLASHED."}}]}"#),
    ])
  func answers(_ provider: PaidProvider, _ template: String) async throws {
    let text = template.replacing("KEY", with: Self.key).replacing("ADDRESS", with: "https://a.example/?key=s3cr%2bt%2fKey%3d0123456789")
      .replacing("ESCAPED", with: Self.key.replacing("+", with: "\\u002B").replacing("=", with: "\\u003d"))
      .replacing("SLASHED", with: Self.key.replacing("/", with: "\\/"))
    let ending = await ending(provider, answer(text))
    #expect(ending.part?.isMeasured == true && ending.units == 1 && !shows(ending))
    #expect("\(ending)".contains("*********************"))
  }

  @Test("a picture that carries the key in a comment is kept without it, and is still a picture")
  func picture() async throws {
    let comment = Array("key=\(Self.key)".utf8)
    let length = comment.count + 2
    let bytes: [UInt8] =
      [0xFF, 0xD8, 0xFF, 0xFE, UInt8(length >> 8), UInt8(length & 255)] + comment
      + [0xFF, 0xC0, 0, 11, 8, 0, 30, 0, 40, 1, 1, 0x11, 0, 0xFF, 0xD9]
    let ending = await ending(.screenshotone, answer(Data(bytes)))
    #expect(ending.part?.facts.first?.value == "40 by 30 pixels" && ending.part?.image?.count == bytes.count && !shows(ending))
  }

  @Test("each occurrence is blotted out with as many asterisks, and a short key hides no words")
  func mask() {
    let mask = KeyMask(ProviderKey(Self.key))
    var data = Data("a\(Self.key)\(Self.key)b\(Self.encodedKey)".utf8)
    let count = data.count
    mask.blot(&data)
    #expect(data == Data(("a" + String(repeating: "*", count: 42) + "b" + String(repeating: "*", count: Self.encodedKey.count)).utf8))
    #expect(data.count == count)
    var tail = Data("xx\(Self.key)".utf8)[2...]
    mask.blot(&tail)
    #expect(tail.allSatisfy { $0 == UInt8(ascii: "*") })
    var empty = Data()
    mask.blot(&empty)
    var short = Data("demo of a demo".utf8)
    KeyMask(ProviderKey("demo")).blot(&short)
    #expect(empty.isEmpty && short == Data("demo of a demo".utf8) && KeyMask(ProviderKey("demo")).blotted("demo") == "demo")
  }
}
