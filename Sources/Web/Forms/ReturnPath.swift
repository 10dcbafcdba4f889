/// Where to go after a form: only a path of this product, so that a link to a sign-in page cannot send anyone elsewhere.
public enum ReturnPath {
  /// The text if it is a safe local path and query, else `fallback`.
  ///
  /// Browsers read a backslash as a slash and drop tabs and newlines (WHATWG URL standard, section 4.4), so none may occur.
  public static func local(_ text: String?, or fallback: String = "/") -> String {
    guard let text, text.utf8.first == UInt8(ascii: "/"), text.utf8.count <= 2048 else { return fallback }
    let bytes = Array(text.utf8)
    if bytes.count > 1, bytes[1] == UInt8(ascii: "/") { return fallback }
    return bytes.allSatisfy { $0 > 32 && $0 < 127 && $0 != UInt8(ascii: "\\") } ? text : fallback
  }
}
