import BatchReports
import Foundation
import HTTPFetch

/// Data Axle, places/match v1 (platform.data-axle.com/places/docs/match_api): the business on their file, by name, city and website.
///
/// A match that is not found comes as `null`. Its matching is fuzzy, so that a least score is asked for: the one below which v2 of the API
/// takes nothing for a match. What is charged, statuses, the shape of errors and rate limits are not public: see docs/providers.md.
struct DataAxle: ProviderAdapter {
  var access: ProviderAccess
  var longestCall: Double { 20 }
  /// No figure is public; this is a third of what users report (150 in 10 s).
  var rate: CallRate { CallRate(perSecond: 5, burst: 5) }

  private struct Order: Encodable {
    var identifiers: [String: String]
    var fields: [String]
    var limit = 1
    var includeLabels = true
    var minimumMatchScore = 0.85

    enum CodingKeys: String, CodingKey {
      case identifiers, fields, limit
      case includeLabels = "include_labels"
      case minimumMatchScore = "minimum_match_score"
    }
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

  /// Names of their data dictionary (platform.data-axle.com/places/docs/categories, /financial_data/docs/business_attributes).
  private static let attributes = [
    ("name", "Name on file"), ("street", "Street"), ("city", "City"), ("state", "State"), ("postal_code", "Postal code"), ("phone", "Phone"),
    (lineOfBusiness, "Line of business"), ("location_employee_count", "Employees here"), ("in_business", "In business"),
  ]
  /// A code of six digits, whose words stand among the labels (platform.data-axle.com/places/docs/lookups_api).
  private static let lineOfBusiness = "primary_sic_code_id"

  private struct Answer: Decodable {
    struct Document: Decodable {
      var infogroupID: String
      var attributes: [String: Plain]
      /// Beside the attributes or among them: the documentation shows neither.
      var labels: [String: Label]

      enum CodingKeys: String, CodingKey {
        case infogroupID = "infogroup_id"
        case attributes, labels
      }

      private struct Labelled: Decodable { var labels: [String: Label] }

      init(from decoder: any Decoder) throws {
        let members = try decoder.container(keyedBy: CodingKeys.self)
        infogroupID = try members.decode(String.self, forKey: .infogroupID)
        attributes = try members.decode([String: Plain].self, forKey: .attributes)
        let among = try? members.decode(Labelled.self, forKey: .attributes)
        labels = (try? members.decode([String: Label].self, forKey: .labels)) ?? among?.labels ?? [:]
      }

      /// An attribute in words; nil for a code without a label, which tells a reader nothing.
      func words(_ name: String) -> String? {
        guard let text = attributes[name]?.text else { return nil }
        return name == DataAxle.lineOfBusiness ? labels[name]?.words(of: text) : text
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

  /// What a coded attribute means: its label, or a table from value to label; what is neither is passed over.
  private struct Label: Decodable {
    private var label: String?
    private var table: [String: String]?

    init(from decoder: any Decoder) throws {
      let value = try decoder.singleValueContainer()
      if let label = try? value.decode(String.self) { self.label = label } else { table = try? value.decode([String: String].self) }
    }

    func words(of value: String) -> String? { label ?? table?[value] }
  }

  /// An error of theirs says so under one of these names; a gateway's does not.
  private static func isItsOwn(_ body: Data) -> Bool {
    let members = (try? JSONSerialization.jsonObject(with: body)) as? [String: Any]
    return members?["error"] != nil || members?["errors"] != nil
  }

  func reading(of answer: FetchedPage, now: Date) -> ProviderReading {
    guard answer.status == 200 else {
      return fault(of: answer, isItsOwn: Self.isItsOwn(answer.body), now: now)
    }
    guard let result = try? JSONDecoder().decode(Answer.self, from: answer.body) else { return .unreadable(isCharged: false) }
    guard let document = result.document else { return nothing("the business is not on their file") }
    let facts = Self.attributes.compactMap { name, title -> Fact? in
      guard let text = document.words(name).map({ ProviderText.line($0) }), !text.isEmpty else { return nil }
      return Fact(name: title, value: text)
    }
    if facts.isEmpty { return .unreadable(isCharged: true) }
    return .answer(ProviderPart(provider, facts: facts), units: 1, externalID: document.infogroupID)
  }
}
