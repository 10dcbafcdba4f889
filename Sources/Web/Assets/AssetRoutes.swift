import Hummingbird

/// Serves the files of Public/.
///
/// `/assets/VERSION/…` may be kept for ever; the files at the top of the folder (service worker, manifest, icon) also have
/// their plain address, which the browser asks about each time.
struct AssetRoutes: Sendable {
  let assets: Assets

  func add(to router: Router<AppRequestContext>) {
    router.get("/assets/{version}/**", use: versioned)
    for name in assets.files.keys.sorted() where !name.contains("/") {
      router.get(RouterPath("/" + name)) { request, _ in try serve(name, request, cache: "no-cache") }
    }
  }

  /// A version that is no longer the present one gets the present file, for as long as pages of before are open; it is not to be kept.
  @Sendable private func versioned(_ request: Request, _ context: AppRequestContext) throws -> Response {
    let parts = request.uri.path.split(separator: "/", maxSplits: 2, omittingEmptySubsequences: true)
    guard parts.count == 3, let name = PercentEncoding.decode(parts[2].utf8) else { throw RequestRefusal.notFound }
    let isPresent = parts[1] == assets.version
    return try serve(name, request, cache: isPresent ? "public, max-age=31536000, immutable" : "no-cache")
  }

  private func serve(_ name: String, _ request: Request, cache: String) throws -> Response {
    guard let file = assets.files[name] else { throw RequestRefusal.notFound }
    let headers: HTTPFields = [.contentType: file.type, .eTag: file.etag, .cacheControl: cache]
    if AssetRoutes.matches(request.headers[.ifNoneMatch], file.etag) { return Response(status: .notModified, headers: headers) }
    return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: file.data)))
  }

  /// Weak comparison (RFC 9110, 13.1.2): a proxy that compresses makes our tag a weak one.
  private static func matches(_ header: String?, _ etag: String) -> Bool {
    guard let header else { return false }
    return header.split(separator: ",").contains { tag in
      let tag = tag.drop { $0 == " " }
      return tag == "*" || tag.trimmingSuffix(while: { $0 == " " }) == etag
        || tag.dropFirst(2).trimmingSuffix(while: { $0 == " " }) == etag && tag.hasPrefix("W/")
    }
  }
}

extension Substring {
  fileprivate func trimmingSuffix(while isTrimmed: (Character) -> Bool) -> Substring {
    var text = self
    while let last = text.last, isTrimmed(last) { text.removeLast() }
    return text
  }
}
