import Mustache

/// What a template may be given under one name.
public enum PageValue: Sendable {
  /// Printed escaped.
  case text(String)
  /// Decides whether a section is shown.
  case flag(Bool)
  /// A section with names of its own.
  case values(PageValues)
  /// A section repeated for each.
  case list([PageValues])
  /// A section repeated for each; inside it `{{.}}` is the text.
  case texts([String])
  /// Printed as it is; build it with `HTMLText.escape` around everything that is data.
  case html(String)
  /// Known, and not there: prints nothing and shows no section.
  case none
}

/// The ready-to-print values of a page, looked up by name and never by reflection, which is many times slower.
public struct PageValues: Sendable, ExpressibleByDictionaryLiteral {
  public private(set) var entries: [String: PageValue]

  public init(_ entries: [String: PageValue] = [:]) { self.entries = entries }

  public init(dictionaryLiteral elements: (String, PageValue)...) {
    entries = Dictionary(elements) { _, last in last }
  }

  public subscript(_ name: String) -> PageValue? {
    get { entries[name] }
    set { entries[name] = newValue }
  }

  /// These values and `others`; where both have a name, the other's counts.
  public func merging(_ others: PageValues) -> PageValues {
    PageValues(entries.merging(others.entries) { _, other in other })
  }
}

extension PageValues: MustacheParent {
  public func child(named name: String) -> Any? { entries[name]?.rendered }
}

extension PageValue {
  /// Lets a lookup end here instead of climbing to an outer section's value of the same name.
  private struct Nothing: MustacheCustomRepresentation {
    var representation: Any? { nil }
  }

  fileprivate var rendered: Any {
    switch self {
    case .text(let text): HTMLText.escape(text)
    case .flag(let flag): flag
    case .values(let values): values
    case .list(let list): list
    case .texts(let texts): texts.map(HTMLText.escape)
    case .html(let html): html
    case .none: Nothing()
    }
  }

  /// Nil becomes `.none`.
  public static func optional(_ text: String?) -> PageValue { text.map(PageValue.text) ?? .none }
}

extension PageValue: ExpressibleByStringInterpolation, ExpressibleByBooleanLiteral {
  public init(stringLiteral value: String) { self = .text(value) }
  public init(booleanLiteral value: Bool) { self = .flag(value) }
}
