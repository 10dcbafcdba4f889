/// A line of business, with the words that its websites are written in.
struct Trade: Sendable {
  let industry: String
  /// A subtype of LocalBusiness at schema.org.
  let schemaType: String
  let nameEndings: [String]
  let services: [Service]
  /// Sentences about the business; `{name}`, `{city}` and `{founded}` stand for its facts.
  let about: [String]

  struct Service: Sendable {
    let title: String
    let blurb: String

    init(_ title: String, _ blurb: String) {
      self.title = title
      self.blurb = blurb
    }
  }

  static let all: [Trade] = homeTrades + buildingTrades + foodTrades + careTrades
}
