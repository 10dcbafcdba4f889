import BatchReports

/// Found: does the page tell search engines what business this is? (checks 38 to 40)
enum FoundBusinessChecks {
  static let all = [parses, localBusiness, complete]

  static let parses = Check(
    number: 38, section: .found, severity: .medium, source: "schema.org", reading: .faults,
    good: "The hidden business data can be read", bad: "The hidden business data is broken",
    why: "Search engines throw broken structured data away, and with it your address and hours.",
    how: "Ask your web person to run the page through a structured-data test and repair it."
  ) { audited in
    let data = audited.structured
    guard data.blocks > 0 else { return .notApplicable("no JSON-LD") }
    return .when(data.firstBroken == nil, "\(data.blocks) JSON-LD", otherwise: "does not parse: \(data.firstBroken?.prefix(150) ?? "")")
  }

  static let localBusiness = Check(
    number: 39, section: .found, severity: .medium, source: "Google LocalBusiness", reading: .presence,
    good: "The page describes your business to search engines", bad: "The page does not describe your business to search engines",
    why: "Google's map and information boxes use this data; without it you are shown less.",
    how: "Ask for LocalBusiness structured data with name, address, phone and opening hours."
  ) { audited in
    if let thing = audited.structured.localBusinesses.first { return .passed("JSON-LD: \(thing.types.joined(separator: ", "))") }
    if let type = audited.page.microdataTypes.first(where: LocalBusinessTypes.contains) { return .passed("microdata: \(type)") }
    let types = audited.structured.things.flatMap(\.types) + audited.page.microdataTypes
    return .failed(types.isEmpty ? "no structured data" : "only \(types.prefix(6).joined(separator: ", "))")
  }

  static let complete = Check(
    number: 40, section: .found, severity: .medium, source: "Google LocalBusiness",
    good: "The business data has name and address", bad: "The business data lacks the name or the address",
    why: "Google asks for both before it uses the data.", how: "Ask to add the missing parts to the structured data."
  ) { audited in
    if let thing = audited.structured.localBusinesses.max(by: { completeness($0) < completeness($1) }) {
      let missing = [thing.name == nil ? "name" : nil, thing.hasAddress ? nil : "address"].compactMap { $0 }
      return .when(missing.isEmpty, thing.name ?? "", otherwise: "missing: \(missing.joined(separator: ", "))")
    }
    guard audited.page.microdataTypes.contains(where: LocalBusinessTypes.contains) else { return .notApplicable("no LocalBusiness data") }
    let missing = ["name", "address"].filter { !audited.page.microdataProperties.contains($0) }
    return .when(missing.isEmpty, "microdata with name and address", otherwise: "missing: \(missing.joined(separator: ", "))")
  }

  private static func completeness(_ thing: StructuredData.Thing) -> Int { (thing.name == nil ? 0 : 1) + (thing.hasAddress ? 1 : 0) }
}
