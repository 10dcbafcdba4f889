import BatchReports
import Foundation
import Hummingbird

/// Makes pages: a template, its values, and what the layout shows on each.
public struct Pages: Sendable {
  /// How often a page without JavaScript loads itself anew.
  public enum Refresh: Sendable {
    case off
    case every(seconds: Int)
  }

  let dependencies: WebDependencies

  /// A page as a response; a notice left by the form before is shown and taken away. Throws `Templates.Failure`.
  /// - Parameters:
  ///   - template: its path under Templates/, without extension.
  ///   - values: all names of the template; `nav`, `account`, `csrf` and the other names of the layout are added.
  public func show(
    _ template: String, title: String, section: Section? = nil, _ values: PageValues, status: HTTPResponse.Status = .ok,
    refresh: Refresh = .off, _ request: Request, _ context: some PageContext
  ) async throws -> Response {
    let flash = request.cookies[Flash.cookieName].flatMap { Flash(cookieValue: $0.value) }
    let layout = try await layout(title: title, section: section, refresh: refresh, flash: flash, request, context)
    var response = Response.html(try dependencies.templates.render(template, layout.merging(values)), status: status)
    if request.cookies[Flash.cookieName] != nil { response.clearCookie(Flash.cookieName, secure: false) }
    return response
  }

  /// A refused form, shown again with the status of its refusal; put `FormState.pageValues` into the values.
  public func refuse(
    _ refusal: any Refusal, with template: String, title: String, section: Section? = nil, _ values: PageValues, _ request: Request,
    _ context: some PageContext
  ) async throws -> Response {
    var response = try await show(template, title: title, section: section, values, status: refusal.code.status, request, context)
    if let seconds = refusal.retryAfterSeconds { response.headers[.retryAfter] = "\(max(1, seconds))" }
    return response
  }

  private func layout(
    title: String, section: Section?, refresh: Refresh, flash: Flash?, _ request: Request, _ context: some PageContext
  ) async throws -> PageValues {
    let account = context.identity?.account
    var values: PageValues = [
      "title": .text(title),
      "assets": .values(dependencies.assets.pageValues),
      "csrf": .text(context.identity?.csrf ?? ""),
      "nav": .list(account == nil ? [] : Section.allCases.map { Pages.entry($0, isCurrent: $0 == section) }),
      "flashes": .list(flash.map { [["tone": .text($0.tone.rawValue), "message": .text($0.message)]] } ?? []),
      "refresh": .values(Pages.refreshValues(refresh, request)),
      "version": .text(dependencies.settings.version),
      "isViewer": .flag(account?.role == .viewer),
      "isOperator": .flag((account?.role ?? .viewer) >= .operator),
      "isAdmin": .flag(account?.role == .admin),
      "account": .none,
      "selection": .values(["count": "0"]),
    ]
    if let account {
      values["account"] = .values([
        "email": .text(account.email), "role": .text(account.role.rawValue), "initial": .text(account.email.prefix(1).uppercased()),
      ])
      values["selection"] = .values(["count": "\(try await dependencies.selectionCount(account))"])
    }
    return values
  }

  /// Links that turn the refreshing off and on again keep the rest of the address: filter and place in a list.
  private static func refreshValues(_ refresh: Refresh, _ request: Request) -> PageValues {
    // An address that cannot be read has been refused before, or is no list's.
    refreshValues(refresh, at: "", (try? request.query()) ?? FormFields())
  }

  /// The same of a page that stands under another address than its own, as a refused form does: the value of `refresh`.
  static func refreshValues(_ refresh: Refresh, at path: String, _ query: FormFields) -> PageValues {
    let seconds: Int? = if case .every(let seconds) = refresh { seconds } else { nil }
    let rest = query.query(dropping: ["refresh"])
    return [
      "isOn": .flag(seconds != nil), "seconds": "\(seconds ?? 0)", "isTurnedOff": .flag(query["refresh"] == "off"),
      "offUrl": .text(path + "?" + rest + (rest.isEmpty ? "" : "&") + "refresh=off"), "onUrl": .text(path + "?" + rest),
    ]
  }

  private static func entry(_ section: Section, isCurrent: Bool) -> PageValues {
    ["label": .text(section.label), "url": .text(section.url), "isCurrent": .flag(isCurrent)]
  }
}

extension Request {
  /// Whether the page was asked not to load itself anew (WCAG 2.2.1).
  var isRefreshOff: Bool { (try? query())?["refresh"] == "off" }
}
