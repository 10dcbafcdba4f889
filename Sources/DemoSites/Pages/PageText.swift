import Foundation

/// The words of one business's home page, picked from its trade's phrases.
struct PageText: Sendable {
  let headline: String
  let introduction: [String]
  let services: [Trade.Service]
  let assurances: [String]
  let reviews: [(quote: String, author: String)]
  let closing: String

  init(business: SampleBusiness, generosity: Int) {
    var random = SeededRandom(seed: business.index, purpose: "text")
    let mainService = business.trade.services[0].title
    func filled(_ phrase: String) -> String {
      phrase.replacingOccurrences(of: "{name}", with: business.name)
        .replacingOccurrences(of: "{city}", with: business.city.name)
        .replacingOccurrences(of: "{founded}", with: String(business.founded))
        .replacingOccurrences(of: "{Service}", with: mainService)
        .replacingOccurrences(of: "{service}", with: mainService.lowercased())
    }
    headline = filled(random.pick(Self.headlines))
    introduction = business.trade.about.prefix(generosity).map(filled)
    services = Array(random.shuffled(business.trade.services).prefix(generosity + 1))
    assurances = random.shuffled(Self.assurances).prefix(generosity + 3).map(filled)
    let quotes = random.shuffled(Self.reviews).prefix(max(0, generosity - 1)).map(filled)
    reviews = quotes.map { ($0, "\(random.pick(BusinessNames.givenNames)) \(random.pick(["B.", "K.", "M.", "R.", "T.", "W."]))") }
    closing = filled(random.pick(Self.closings))
  }

  private static let headlines = [
    "{Service} in {city} by people who care", "Your neighbors for {service} in {city}", "Honest {service} for {city} and around",
    "{city} has trusted us since {founded}", "Good work, fair prices, right here in {city}",
  ]

  private static let assurances = [
    "We are a local family business, so the person who answers the phone usually knows your street.",
    "Our prices stand on this page and on your estimate, and they do not change on the invoice.",
    "We come when we said that we would come, and call ahead if traffic says otherwise.",
    "All of our staff are trained, insured and paid a living wage.",
    "We serve {city} and every town within thirty minutes of it.",
    "New customers get ten percent off their first visit.",
    "If something is not right, tell us within thirty days and we will put it right at no charge.",
    "We accept cash, cards and checks, and can split a larger bill over three months.",
    "Parking is free behind the building, and the entrance has no steps.",
    "We sponsor the youth league in {city}, and lose to it every summer.",
    "Se habla español: ask for a Spanish-speaking colleague when you call.",
    "Questions that come in by four o'clock are answered on the same day.",
  ]

  private static let reviews = [
    "They were on time, kind to my mother and cheaper than the estimate.",
    "I have told the whole street about {name}.",
    "Ten years a customer, and never once disappointed.",
    "They explained every step and left the place cleaner than they found it.",
    "Called in the morning, helped by noon. That is rare in {city}.",
    "Fair, friendly and very good at what they do.",
  ]

  private static let closings = [
    "Call today, or drop by and say hello.", "Tell us what you need, and we will call you back within a day.",
    "We look forward to meeting you in {city}.", "Estimates are free, and so is good advice.",
  ]

  /// Text that somebody forgot to replace.
  static let placeholder = """
    Lorem ipsum dolor sit amet, consectetur adipiscing elit, sed do eiusmod tempor incididunt ut labore et dolore magna aliqua. \
    Your text here. Click to edit this paragraph and tell your visitors about your company.
    """
}
