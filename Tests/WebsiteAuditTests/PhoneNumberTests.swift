import Testing

@testable import WebsiteAudit

@Suite("Phone numbers in text")
struct PhoneNumberTests {
  @Test(
    "are found in the forms people write",
    arguments: [
      "(212) 555-0123", "212-555-0123", "212.555.0123", "212 555 0123", "1-800-555-0199", "+1 212 555 0123", "+1 (212) 555-0123",
      "+12125550123",
      "+44 20 7946 0958", "+49 (0)30 123456", "020 7946 0958", "01 23 45 67 89", "030/1234567", "(0161) 496 0000", "+81-3-1234-5678",
      "212\u{2011}555\u{2011}0123",
      "(212)\u{A0}555-0123",
    ])
  func found(number: String) {
    #expect(PhoneNumbers.find(in: "Call us: \(number), please") == [number])
    #expect(PhoneNumbers.find(in: number) == [number])
  }

  @Test(
    "may be plain digits behind a word that announces them",
    arguments: ["Tel. 5550123", "Phone: 2125550123", "Call 555-0123", "Call us: 2125550123", "fon 12 34 567"])
  func introduced(text: String) {
    #expect(PhoneNumbers.find(in: text).count == 1)
  }

  @Test(
    "are not dates, prices, numbers of orders, cards or books, addresses of machines",
    arguments: [
      "01.02.2024", "2024-01-02", "01-02-2024 10:30", "$1,234.00", "€ 1.234.567,00", "1234567890", "Order 2125550123",
      "4111 1111 1111 1111",
      "ISBN 978-3-16-148410-0", "192.168.100.200", "2019-2024", "123-456-7890", "+1 000 000", "10:00 - 18:00", "id_212-555-0123",
      "#212-555-0123",
      "212-555-0123abc", "000 000 0000", "100%", "1 000 000 000 customers", "12345 Springfield", "Recall 5550123",
    ])
  func notFound(text: String) {
    #expect(PhoneNumbers.find(in: text).isEmpty)
  }

  @Test("an extension may follow, and several may stand in one text")
  func several() {
    #expect(PhoneNumbers.find(in: "212-555-0123 x12 or 212-555-0123x12") == ["212-555-0123", "212-555-0123"])
    #expect(PhoneNumbers.find(in: String(repeating: "212-555-0123, ", count: 80)).count == 50)
  }

  @Test("agree with and without country code, and differ otherwise")
  func agree() {
    #expect(PhoneNumbers.agree("+1 212 555 0123", "(212) 555-0123"))
    #expect(PhoneNumbers.agree("+44 20 7946 0958", "020 7946 0958"))
    #expect(!PhoneNumbers.agree("+1 212 555 0123", "212 555 0124"))
    #expect(!PhoneNumbers.agree("123", "123"))
  }
}
