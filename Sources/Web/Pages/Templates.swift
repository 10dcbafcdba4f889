import Foundation
import Mustache
import Synchronization

/// The mustache files of a folder, by path without extension: `batches/list`.
public final class Templates: Sendable {
  public enum Failure: Error, CustomStringConvertible, Hashable {
    case unreadable(file: String, message: String)
    case noTemplates(folder: String)
    case unknown(String)

    public var description: String {
      switch self {
      case .unreadable(let file, let message): "The template \(file) cannot be read: \(message)"
      case .noTemplates(let folder): "No templates were found in \(folder). Set BATCH_RESOURCES_DIR to the folder that holds Templates/."
      case .unknown(let name): "There is no template \(name)."
      }
    }
  }

  private let folder: URL
  private let reloads: Bool
  private let missing: (@Sendable (_ template: String, _ name: String) -> Void)?
  private let library: Mutex<MustacheLibrary>

  /// Reads every template once. Throws `Failure` for a folder without any and for a file that does not parse.
  /// - Parameters:
  ///   - reloads: reads the folder again for each page, for work on the templates.
  ///   - missing: told each name that a template asked for and no value offered; mustache prints nothing for it.
  public convenience init(folder: URL, reloads: Bool = false, missing: (@Sendable (_ template: String, _ name: String) -> Void)? = nil)
    throws
  {
    self.init(folder: folder, reloads: reloads, missing: missing, library: try Templates.read(folder))
  }

  private init(
    folder: URL, reloads: Bool, missing: (@Sendable (_ template: String, _ name: String) -> Void)?, library: MustacheLibrary
  ) {
    self.folder = folder
    self.reloads = reloads
    self.missing = missing
    self.library = Mutex(library)
  }

  /// The same templates, without reading them again, telling someone else what is missing.
  public func telling(_ missing: @escaping @Sendable (_ template: String, _ name: String) -> Void) -> Templates {
    Templates(folder: folder, reloads: reloads, missing: missing, library: library.withLock { $0 })
  }

  /// Throws `Failure.unknown`.
  public func render(_ name: String, _ values: PageValues) throws -> String {
    if reloads {
      let fresh = try Templates.read(folder)
      library.withLock { $0 = fresh }
    }
    let library = library.withLock { $0 }
    let root: Any = if let missing { Watched(values: values) { missing(name, $0) } } else { values }
    guard let text = library.render(root, withTemplate: name) else { throw Failure.unknown(name) }
    return text
  }

  /// The bottom of the lookup: a name that is not here either is nowhere.
  private struct Watched: MustacheParent {
    let values: PageValues
    let missing: @Sendable (String) -> Void

    func child(named name: String) -> Any? {
      let child = values.child(named: name)
      if child == nil { missing(name) }
      return child
    }
  }

  /// Values come escaped (see `HTMLText`), so each template is declared to be text.
  private static let pragma = "{{% CONTENT_TYPE: TEXT}}\n"

  /// swift-mustache takes a slash in `{{<settings/frame}}` but not in the tag that closes it, so parents are looked up with a dot.
  private static func withDottedParents(_ text: String) -> String {
    text.replacing(/\{\{([<\/])([\w.-]+\/[\w.\/-]+)\}\}/) { "{{\($0.1)\($0.2.replacing("/", with: "."))}}" }
  }

  private static func read(_ folder: URL) throws -> MustacheLibrary {
    var library = MustacheLibrary()
    let suffix = ".mustache"
    let names = (FileManager.default.enumerator(atPath: folder.path)?.compactMap { $0 as? String } ?? []).filter { $0.hasSuffix(suffix) }
    if names.isEmpty { throw Failure.noTemplates(folder: folder.path) }
    for name in names {
      do {
        let text = try String(contentsOf: folder.appendingPathComponent(name), encoding: .utf8)
        let template = try MustacheTemplate(string: pragma + withDottedParents(text))
        let name = String(name.dropLast(suffix.count))
        library.register(template, named: name)
        library.register(template, named: name.replacing("/", with: "."))
      } catch let error as MustacheTemplate.ParserError {
        throw Failure.unreadable(file: name, message: "line \(error.context.lineNumber): \(error.error)")
      }
    }
    return library
  }
}
