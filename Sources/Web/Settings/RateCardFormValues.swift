import BatchReports

extension RateCardForm {
  /// The form's values for its page, each field with its problems.
  func pageValues(_ refusal: (any Refusal)?, templates: [ReportTemplate]) -> PageValues {
    let problems = (refusal as? InvalidInput)?.problems ?? refusal.map { [.init(field: "", code: $0.code.rawValue, message: $0.explanation)] } ?? []
    var fields: Set<String> = []
    func field(_ name: String, _ value: String) -> PageValues {
      fields.insert(name)
      let reasons = problems.filter { $0.field == name }.map(\.message)
      return ["id": .text(name), "value": .text(value), "hasError": .flag(!reasons.isEmpty), "error": .text(reasons.joined(separator: " "))]
    }
    func chosen(_ name: String, _ value: String, _ options: [(String, String)]) -> PageValues {
      let known = options.contains { $0.0 == value } || value.isEmpty ? [] : [(value, value)]
      return field(name, value).merging([
        "options": .list(([("", "–")] + options + known).map { ["value": .text($0.0), "label": .text($0.1), "isSelected": .flag($0.0 == value)] })
      ])
    }
    let versions = templates.filter { $0.providers.contains(where: \.isPaid) }.map { ($0.reference.description, $0.reference.description) }
    let providers = prices.map { ($0.provider, RateCardValues.label($0.provider)) }
    var values: PageValues = [
      "after": .text("\(after)"), "hasErrors": .flag(!problems.isEmpty),
      "validFrom": .values(field(RateCardField.validFrom, validFrom)), "note": .values(field(RateCardField.note, note)),
      "baseCost": .values(field(RateCardField.baseCost, baseCost)), "blendedRate": .values(field(RateCardField.blendedRate, blendedRate)),
      "providers": .list(
        prices.map { field(RateCardField.provider($0.provider), $0.text).merging(["label": .text(RateCardValues.label($0.provider))]) }),
      "overrides": .list(
        overrides.enumerated().map { place, row in
          [
            "number": .text("\(place + 1)"), "template": .values(chosen(RateCardField.override(place, "template_version"), row.template, versions)),
            "provider": .values(chosen(RateCardField.override(place, "provider"), row.provider, providers)),
            "price": .values(field(RateCardField.override(place, "price_usd"), row.price)),
          ]
        }),
      "tiers": .list(
        tiers.enumerated().map { place, row in
          [
            "number": .text("\(place + 1)"), "from": .values(field(RateCardField.tier(place, "from"), row.from)),
            "to": .values(field(RateCardField.tier(place, "to"), row.to)),
            "percent": .values(field(RateCardField.tier(place, "discount_percent"), row.percent)),
          ]
        }),
      "tiersField": .values(field(RateCardField.tiers, "")), "hasVersions": .flag(!versions.isEmpty || overrides.contains { !$0.isBlank }),
    ]
    values["errors"] = .list(
      problems.map { ["hasField": .flag(fields.contains($0.field)), "field": .text($0.field), "message": .text($0.message)] })
    return values
  }
}
