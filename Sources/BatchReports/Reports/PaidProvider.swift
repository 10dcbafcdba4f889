/// The paid sources that a report may ask. The raw values are stable: rate cards, rows and files carry them.
public enum PaidProvider: String, Codable, Sendable, CaseIterable, Hashable {
  case pagespeed
  case screenshotone
  case hunter
  case dataAxle = "data_axle"
  case semrush
  case openai

  public var title: String {
    switch self {
    case .pagespeed: "PageSpeed Insights"
    case .screenshotone: "ScreenshotOne"
    case .hunter: "Hunter"
    case .dataAxle: "Data Axle"
    case .semrush: "Semrush"
    case .openai: "OpenAI"
    }
  }

  /// What a report has of it, as a heading.
  public var part: String {
    switch self {
    case .pagespeed: "Speed on a phone"
    case .screenshotone: "Screenshot"
    case .hunter: "Email address"
    case .dataAxle: "Business record"
    case .semrush: "Search visibility"
    case .openai: "In plain words"
    }
  }

  /// A lead's report waits for these; without one of the others it says that it was not measured.
  public var isNeeded: Bool { self == .pagespeed || self == .semrush }
}
