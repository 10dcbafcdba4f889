import BatchReports

/// The filter form above the lead table, with what was typed and a chip for each field that is set.
struct LeadFilterValues {
  var query: LeadListQuery
  var sources: [String]

  var pageValues: PageValues {
    [
      "q": .text(typed("q")), "tag": .text(typed("tag")), "from": .values(day("from")), "to": .values(day("to")),
      "sort": .text(query.sort.rawValue),
      "statusOptions": options("status", Lead.Status.allCases.map { ($0.rawValue, Badge($0).label) }),
      "tierOptions": options("tier", LeadTier.allCases.map { ($0.rawValue, $0.label) }),
      "sourceOptions": options("source", sources.map { ($0, $0) }),
      "websiteOptions": options("has_website", [("yes", "Has one"), ("no", "Has none")]),
      "reportedOptions": options("reported", [("yes", "Has one"), ("no", "Has none")]),
      "hasActive": .flag(query.isFiltered),
      "active": .list(
        query.pairs.map { ["label": .text(label($0.name, $0.value)), "removeUrl": .text(query.url(without: $0.name))] }),
      "fields": .list(
        (query.pairs + [("sort", query.sort.rawValue)]).map { ["name": .text($0.name), "value": .text($0.value)] }),
    ]
  }

  private func typed(_ name: String) -> String { query.typed[name] ?? "" }

  private func day(_ name: String) -> PageValues {
    let reasons = query.problems.filter { $0.field == name }.map(\.message)
    return [
      "id": .text(name), "value": .text(typed(name)), "hasError": .flag(!reasons.isEmpty), "error": .text(reasons.joined(separator: " ")),
    ]
  }

  /// A value that is none of the choices stays visible as one, so that sending the form again changes nothing.
  private func options(_ name: String, _ choices: [(value: String, label: String)]) -> PageValue {
    let chosen = typed(name)
    var choices = [("", "Any")] + choices
    if !choices.contains(where: { $0.0 == chosen }) { choices.append((chosen, chosen)) }
    return Options.values(choices, selected: chosen)
  }

  private func label(_ name: String, _ value: String) -> String {
    switch name {
    case "q": "Search: \(value)"
    case "status": "Status: \(Lead.Status(rawValue: value).map { Badge($0).label } ?? value)"
    case "tier": "Tier: \(value)"
    case "from": "Created from \(value)"
    case "to": "Created to \(value)"
    case "source": "Source: \(value)"
    case "tag": "Tag: \(value)"
    case "has_website": "Website: \(value)"
    default: "Report: \(value)"
    }
  }
}

extension LeadTier {
  /// "A (80–100)" (contract, section 1).
  var label: String {
    switch self {
    case .a: "A (80–100)"
    case .b: "B (60–79)"
    case .c: "C (40–59)"
    case .d: "D (0–39)"
    case .unscored: "Unscored"
    }
  }
}
