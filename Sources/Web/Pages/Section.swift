import BatchReports

/// The main navigation's entries.
public enum Section: String, Sendable, CaseIterable {
  case dashboard, leads, batches, analytics, settings

  var label: String {
    switch self {
    case .dashboard: "Dashboard"
    case .leads: "Leads"
    case .batches: "Batches"
    case .analytics: "Analytics"
    case .settings: "Settings"
    }
  }

  var url: String { self == .dashboard ? "/" : "/" + rawValue }
}
