import Foundation
import Secrets
import Testing

@Suite struct SecretTokenTests {
  @Test("A token has its kind's prefix and 256 random bits", arguments: SecretToken.Kind.allCases)
  func form(_ kind: SecretToken.Kind) throws {
    let token = SecretToken.random(kind)
    #expect(token.text.hasPrefix(kind.rawValue))
    #expect(Base64URL.decode(String(token.text.dropFirst(4)))?.count == 32)
    #expect(token.digest == Digest.sha256(Data(token.text.utf8)))
    #expect(try #require(SecretToken(token.text, kind: kind)) == token)
  }

  @Test("A thousand tokens are a thousand different ones")
  func different() {
    #expect(Set((0..<1000).map { _ in SecretToken.random().text }).count == 1000)
  }

  @Test("A token of one kind is not taken for another")
  func kinds() {
    #expect(SecretToken(SecretToken.random(.session).text, kind: .api) == nil)
  }

  @Test(
    "What cannot be a token is refused before any query",
    arguments: [
      "", "brr_", "brr_short", "brr_" + String(repeating: "a", count: 44), "brr_" + String(repeating: "é", count: 43),
      "brr_" + String(repeating: " ", count: 43),
    ])
  func malformed(_ text: String) {
    #expect(SecretToken(text, kind: .api) == nil)
  }

  @Test("Base64url has no characters that a URL or a cookie would change, and reads back")
  func base64() {
    for length in 0..<40 {
      let data = RandomBytes.make(length)
      let text = Base64URL.encode(data)
      #expect(!text.contains { "+/=".contains($0) })
      #expect(Base64URL.decode(text) == data)
    }
    #expect(Base64URL.decode("a+b/") == nil)
  }

  @Test("Equal and different secrets are told apart")
  func constantTime() {
    #expect(ConstantTime.equal("secret", "secret"))
    #expect(!ConstantTime.equal("secret", "secreT"))
    #expect(!ConstantTime.equal("secret", "secret2"))
    #expect(ConstantTime.equal("", ""))
  }

  @Test("SHA-256 gives the digest of the standard's example")
  func digest() {
    #expect(Digest.sha256Hex(Data("abc".utf8)) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
  }
}
