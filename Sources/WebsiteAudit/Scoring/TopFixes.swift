import BatchReports

/// The fixes of greatest effect: what the overall score would gain if the check passed, then the severity, then the number.
///
/// A section with several failed critical checks stays capped until the last of them is repaired; so the gain of repairing all of them
/// is shared out among them, or the gravest faults would seem to gain nothing.
enum TopFixes {
  static func choose(from findings: [Finding], sections: [ReportSection], catalogue: [Int: Check], limit: Int = 3) -> [Fix] {
    let severity: (Int) -> Severity? = { catalogue[$0]?.severity }
    let before = Score(findings, sections: sections, baseSeverity: severity).exact
    let faults = findings.filter { $0.result == .failed && $0.severity != .info && sections.contains($0.section) }
    let ranked = faults.map { fault -> (finding: Finding, gain: Double) in
      let group = fault.severity == .critical ? faults.filter { $0.section == fault.section && $0.severity == .critical } : [fault]
      let repaired = findings.map { finding in group.contains { $0.check == finding.check } ? finding.repaired(catalogue) : finding }
      let after = Score(repaired, sections: sections, baseSeverity: severity).exact
      return (fault, (after - before) / Double(group.count))
    }
    let order = ranked.sorted { a, b in
      // Equal up to rounding in the last digits.
      if abs(a.gain - b.gain) > 1e-9 { return a.gain > b.gain }
      if a.finding.severity != b.finding.severity { return a.finding.severity > b.finding.severity }
      return a.finding.check < b.finding.check
    }
    return order.prefix(limit).compactMap { entry in
      catalogue[entry.finding.check].map { Fix(check: $0.number, title: $0.bad, why: $0.why, how: $0.how) }
    }
  }
}

extension Finding {
  /// The same check as it would stand once the fault is repaired.
  func repaired(_ catalogue: [Int: Check]) -> Finding {
    var finding = self
    finding.result = .passed
    finding.severity = catalogue[check]?.severity ?? severity
    return finding
  }
}
