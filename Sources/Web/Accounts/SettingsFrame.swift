import BatchReports

/// The pages under /settings, and what each role finds there.
public enum SettingsSection: String, Sendable, CaseIterable {
  case rates, budget, templates, providers, accounts, tokens, features, audit

  var label: String {
    switch self {
    case .rates: "Rates"
    case .budget: "Budget"
    case .templates: "Templates"
    case .providers: "Providers"
    case .accounts: "Accounts"
    case .tokens: "Tokens"
    case .features: "Features"
    case .audit: "Audit trail"
    }
  }

  var url: String { "/settings/" + rawValue }

  var description: String {
    switch self {
    case .rates: "What a report and each provider call cost."
    case .budget: "How much may be spent in a day."
    case .templates: "Which reports can be ordered."
    case .providers: "Which paid sources reports ask, and how they are."
    case .accounts: "Who may sign in, and what they may do."
    case .tokens: "Keys for programs that use the API."
    case .features: "Which parts of the product are switched on."
    case .audit: "Who changed what, when and why."
    }
  }

  /// Prices, budget and templates are read by all, tokens are each one's own; the rest is for admins.
  func isVisible(to role: Role) -> Bool {
    switch self {
    case .rates, .budget, .templates, .tokens: true
    case .providers, .accounts, .features, .audit: role == .admin
    }
  }

  /// The values of the frame around a settings page; nil is the start page.
  public static func frame(_ section: SettingsSection?, lede: String, for account: Account) -> PageValues {
    let sections = allCases.filter { $0.isVisible(to: account.role) }
    return [
      "heading": .text(section?.label ?? "Settings"), "lede": .text(lede), "isHome": .flag(section == nil),
      "sections": .list(
        sections.map { ["label": .text($0.label), "url": .text($0.url), "isCurrent": .flag($0 == section)] }),
      "hasErrors": false, "errors": .list([]),
    ]
  }
}
