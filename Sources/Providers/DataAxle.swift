import BatchReports
import Foundation
import HTTPFetch

/// Data Axle, places/match v1 (platform.data-axle.com/places/docs/match_api): the business on their file, by name, city and website.
///
/// A match that is not found comes as `null` and costs nothing.
struct DataAxle: ProviderAdapter {
  var access: ProviderAccess
  var longestCall: Double { 20 }
  var rate: CallRate { CallRate(perSecond: 5, burst: 5) }

  private struct Order: Encodable {
    var identifiers: [String: String]
    var fields: [String]
    var limit = 1
  }

  func request(for subject: ProviderSubject, idempotencyKey: String) throws -> FetchRequest {
    var identifiers = ["name": subject.name, "website": subject.domain]
    if !subject.city.isEmpty { identifiers["city"] = subject.city }
    if !subject.region.isEmpty { identifiers["state"] = subject.region }
    if !subject.phone.isEmpty { identifiers["phone"] = subject.phone }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    return FetchRequest(
      url: access.url("/v1/places/match"), method: .post,
      headers: [HTTPHeader("X-AUTH-TOKEN", access.key.secret), HTTPHeader("Content-Type", "application/json")],
      body: try encoder.encode(Order(identifiers: identifiers, fields: Self.attributes.map(\.0))))
  }

  private static let attributes = [
    ("name", "Name on file"), ("street", "Street"), ("city", "City"), ("state", "State"), ("postal_code", "Postal code"), ("phone", "Phone"),
    ("primary_sic_code_description", "Line of business"), ("location_employee_count", "Employees here"), ("in_business", "In business"),
  ]

  private struct Answer: Decodable {
    struct Document: Decodable {
      var infogroupID: String
      var attributes: [String: Plain]

      enum CodingKeys: String, CodingKey {
        case infogroupID = "infogroup_id"
        case attributes
      }
    }

    var document: Document?

    enum CodingKeys: String, CodingKey { case document }

    /// An answer without the member is no answer; one whose document is null found nothing.
    init(from decoder: any Decoder) throws {
      let members = try decoder.container(keyedBy: CodingKeys.self)
      guard members.contains(.document) else {
        throw DecodingError.keyNotFound(CodingKeys.document, .init(codingPath: decoder.codingPath, debugDescription: "no document"))
      }
      document = try members.decodeIfPresent(Document.self, forKey: .document)
    }
  }

  /// An attribute's value where it is one; lists and objects are passed over.
  private struct Plain: Decodable {
    var text: String?

    init(from decoder: any Decoder) throws {
      let value = try decoder.singleValueContainer()
      if let text = try? value.decode(String.self) { self.text = text } else if let number = try? value.decode(Int64.self) { text = String(number) }
    }
  }

  private struct Problem: Decodable { var error: String }

  func reading(of answer: FetchedPage, now: Date) -> ProviderReading {
    guard answer.status == 200 else {
      return fault(of: answer, isItsOwn: (try? JSONDecoder().decode(Problem.self, from: answer.body)) != nil, now: now)
    }
    guard let result = try? JSONDecoder().decode(Answer.self, from: answer.body) else { return .unreadable(isCharged: false) }
    guard let document = result.document else { return nothing("the business is not on their file") }
    let facts = Self.attributes.compactMap { name, title -> Fact? in
      guard let text = document.attributes[name]?.text.map({ ProviderText.line($0) }), !text.isEmpty else { return nil }
      return Fact(name: title, value: text)
    }
    if facts.isEmpty { return .unreadable(isCharged: true) }
    return .answer(ProviderPart(provider, facts: facts), units: 1, externalID: document.infogroupID)
  }
}
