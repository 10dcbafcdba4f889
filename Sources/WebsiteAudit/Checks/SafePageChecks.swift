import BatchReports

/// Safe: what the page itself loads and sends (checks 67 to 69, 77, 78)
enum SafePageChecks {
  static let all = [mixedContent, insecureForms, integrity, jQuery, generator]

  static let mixedContent = Check(
    number: 67, section: .safe, severity: .high, source: "W3C Mixed Content", reading: .faults,
    good: "Everything on the page comes over a secure connection", bad: "Parts of the page come over an insecure connection",
    why: "Browsers block such parts or take the padlock away.",
    how: "Ask to change http:// to https:// in the addresses of pictures and scripts."
  ) { audited in
    guard audited.isHTTPS else { return .notApplicable("the page itself is not secure") }
    let insecure = audited.resources.all.filter { !$0.address.isHTTPS }
    let first = insecure.first.map { "\($0.kind.rawValue) \($0.address.origin)\($0.address.path)" }
    return .when(insecure.isEmpty, "\(audited.resources.all.count) files", otherwise: "\(insecure.count), first: \(first ?? "")")
  }

  static let insecureForms = Check(
    number: 68, section: .safe, severity: .critical, source: "W3C Mixed Content", reading: .faults,
    good: "Forms are sent over a secure connection", bad: "A form is sent over an insecure connection",
    why: "What your customers type, such as names, messages and passwords, can be read on the way, and browsers warn of it.",
    how: "Ask your web person to send the form to an https address."
  ) { audited in
    let forms = audited.page.forms
    guard !forms.isEmpty else { return .notApplicable("no form") }
    let insecure = forms.compactMap { form -> WebAddress? in
      let target = form.action.flatMap { $0.isEmpty ? nil : audited.base.resolving($0) } ?? audited.address
      // On a page that is insecure anyway only forms that post are blamed; a search is harmless.
      return !target.isHTTPS && (audited.isHTTPS || form.method == "post") ? target : nil
    }
    return .when(
      insecure.isEmpty, "\(forms.count) form\(forms.count == 1 ? "" : "s")",
      otherwise: "to \(insecure.first?.origin ?? "")\(insecure.first?.path ?? "")")
  }

  static let integrity = Check(
    number: 69, section: .safe, severity: .low, source: "Mozilla Observatory", reading: .faults,
    good: "Scripts of others are sealed", bad: "Scripts of others are not sealed",
    why: "If the other company is broken into, the attacker's script runs on your site.",
    how: "Ask to add \"integrity\" to scripts with a fixed version, or to host them yourself."
  ) { audited in
    let scripts = audited.resources.all.filter { $0.kind == .script && audited.resources.isThirdParty($0.address) }
    guard !scripts.isEmpty else { return .notApplicable("no scripts of others") }
    let bare = scripts.filter { !$0.hasIntegrity }
    return .when(
      bare.isEmpty, "\(scripts.count) sealed",
      otherwise: Evidence.share(
        bare.count, of: scripts.count, "scripts without integrity", first: bare.first.map { $0.address.origin + $0.address.path }))
  }

  static let jQuery = Check(
    number: 77, section: .safe, severity: .medium, source: "CVE-2020-11022", reading: .faults,
    good: "The jQuery library is recent enough", bad: "The jQuery library is out of date",
    why: "Versions before 3.5 have a known hole that lets attackers run scripts on your page.",
    how: "Ask your web person to update jQuery, usually by updating the theme or the website system."
  ) { audited in
    let versions = audited.page.scripts.compactMap(\.address).compactMap { address in
      JQueryVersion(scriptAddress: address).map { (address: address, version: $0) }
    }
    guard !versions.isEmpty else { return .notApplicable("no jQuery with a version in its address") }
    let old = versions.first { $0.version < JQueryVersion(major: 3, minor: 5) }
    return .when(old == nil, versions[0].address, otherwise: old?.address ?? "")
  }

  static let generator = Check(
    number: 78, section: .safe, severity: .info, source: Check.houseRule,
    good: "The page does not reveal its system's version", bad: "The page reveals its system's version",
    why: "Attackers look for versions with known holes.", how: "Ask to remove the \"generator\" line, and keep the system updated."
  ) { audited in
    let generator = audited.page.meta("generator") ?? ""
    return .when(!generator.contains { $0.isNumber }, generator.isEmpty ? "no generator" : generator, otherwise: generator)
  }
}

/// The version of jQuery that a script's address names: jquery-1.12.4.min.js, /jquery/3.4.1/, jquery@3, jquery.min.js?ver=3.6.0.
struct JQueryVersion: Comparable {
  var major: Int
  var minor: Int

  init(major: Int, minor: Int) {
    self.major = major
    self.minor = minor
  }

  init?(scriptAddress: String) {
    let address = String(scriptAddress.prefix(1_000)).lowercased()
    let path = address.prefix { $0 != "?" && $0 != "#" }
    let file = path.split(separator: "/").last ?? ""
    // The library itself, not jquery-ui, jquery-migrate or a plug-in.
    guard file.hasPrefix("jquery"),
      let version = Self.version(inFile: file) ?? Self.version(inPath: path, file: file) ?? Self.version(inQuery: address)
    else { return nil }
    self = version
  }

  static func < (a: JQueryVersion, b: JQueryVersion) -> Bool { (a.major, a.minor) < (b.major, b.minor) }

  private static func version(inFile file: Substring) -> JQueryVersion? {
    let rest = file.dropFirst("jquery".count)
    guard rest.first == "-" || rest.first == "." || rest.first == "@" else { return nil }
    return number(rest.dropFirst())
  }

  private static func isLibrary(_ file: Substring) -> Bool {
    ["jquery.js", "jquery.min.js", "jquery.slim.js", "jquery.slim.min.js"].contains(file)
  }

  private static func version(inPath path: Substring, file: Substring) -> JQueryVersion? {
    guard isLibrary(file) else { return nil }
    for part in path.split(separator: "/").dropLast().reversed() {
      let text = part.hasPrefix("jquery@") ? part.dropFirst(7) : part.hasPrefix("jquery-") ? part.dropFirst(7) : part
      if let version = number(text) { return version }
    }
    return nil
  }

  private static func version(inQuery address: String) -> JQueryVersion? {
    guard let mark = address.firstIndex(of: "?"), isLibrary(address[..<mark].split(separator: "/").last ?? "") else { return nil }
    for pair in address[address.index(after: mark)...].split(separator: "&") {
      for key in ["ver=", "v="] where pair.hasPrefix(key) { return number(pair.dropFirst(key.count)) }
    }
    return nil
  }

  /// "3.4.1" or "3.4"; a lone "3" means the newest of that line.
  private static func number(_ text: Substring) -> JQueryVersion? {
    let parts = text.split(separator: ".")
    guard let first = parts.first, let major = Int(first), (1...9).contains(major) else { return nil }
    guard parts.count > 1 else { return JQueryVersion(major: major, minor: 99) }
    return JQueryVersion(major: major, minor: Int(parts[1].prefix { $0.isNumber }) ?? 99)
  }
}
