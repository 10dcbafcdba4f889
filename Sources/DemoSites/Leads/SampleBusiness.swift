import Foundation

/// The facts that a lead and its website share, all derived from the index.
struct SampleBusiness: Sendable {
  let index: Int
  let name: String
  let slug: String
  let trade: Trade
  let city: City
  let street: String
  let postalCode: String
  let phone: String
  let email: String
  let contactName: String
  let founded: Int

  init(index: Int) {
    var random = SeededRandom(seed: index, purpose: "business")
    // 61 names and 16 trades have no common divisor, so no pair comes twice before index 976; beyond, the endings differ.
    let trade = Trade.all[index * 7 % Trade.all.count]
    let first = BusinessNames.firsts[index * 17 % BusinessNames.firsts.count]
    let ending = trade.nameEndings[(index / 61 + index / 976) % trade.nameEndings.count]
    let plainName = "\(first) \(ending)"
    let slug = plainName.lowercased().filter { $0.isASCII && ($0.isLetter || $0.isNumber) }
    self.index = index
    self.trade = trade
    self.slug = slug
    name = BusinessNames.unusual[index] ?? plainName
    city = random.pick(City.all)
    street = "\(100 + random.below(8_900)) \(random.pick(BusinessNames.streets))"
    postalCode = city.postalPrefix + String(format: "%02d", 1 + random.below(60))
    phone = "(\(city.areaCode)) 555-01" + String(format: "%02d", random.below(100))
    email = index % 3 == 0 ? "\(slug)@example.com" : "\(random.pick(["hello", "info", "office"]))@\(slug).example"
    contactName = "\(random.pick(BusinessNames.givenNames)) \(random.pick(BusinessNames.familyNames))"
    founded = 1958 + random.below(62)
  }

  /// The number as a `tel:` link has it (RFC 3966).
  var phoneLink: String { "tel:+1" + phone.filter(\.isNumber) }
}
