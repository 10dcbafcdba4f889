/// The negotiation of permessage-deflate (RFC 7692, 5 and 7.1).
enum DeflateOffer {
  /// The answer to the first offer that can be kept, or nil: then the socket works uncompressed.
  ///
  /// No context is taken over in either direction, so that one compressed message serves all sockets
  /// and an idle socket holds no zlib window.
  static func answer(to header: String) -> String? {
    for offer in header.split(separator: ",") {
      let parts = offer.split(separator: ";", omittingEmptySubsequences: false).map(trimmed)
      guard parts[0].lowercased() == "permessage-deflate", let windowBits = accepted(parts.dropFirst()) else { continue }
      return "permessage-deflate; server_no_context_takeover; client_no_context_takeover" + windowBits
    }
    return nil
  }

  /// What the answer must add for these parameters, or nil when the offer must be declined.
  private static func accepted(_ parameters: ArraySlice<Substring>) -> String? {
    var seen: Set<String> = []
    var added = ""
    for parameter in parameters {
      let pair = parameter.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(trimmed)
      let name = pair[0].lowercased()
      let value = pair.count == 2 ? unquoted(pair[1]) : nil
      guard seen.insert(name).inserted else { return nil }
      switch name {
      case "server_no_context_takeover", "client_no_context_takeover":
        guard value == nil else { return nil }
      case "client_max_window_bits":
        // A hint that we leave unused: any window up to 15 bits inflates.
        guard value.map(isWindowBits) ?? true else { return nil }
      case "server_max_window_bits":
        // The shared messages are compressed with the full window, whatever one client may ask for.
        guard value == "15" else { return nil }
        added = "; server_max_window_bits=15"
      default:
        return nil
      }
    }
    return added
  }

  private static func isWindowBits(_ value: Substring) -> Bool {
    ["8", "9", "10", "11", "12", "13", "14", "15"].contains(value)
  }

  private static func unquoted(_ value: Substring) -> Substring {
    value.count >= 2 && value.first == "\"" && value.last == "\"" ? value.dropFirst().dropLast() : value
  }
}

/// The text without the optional white space of HTTP lists (RFC 9110, 5.6.3).
func trimmed(_ text: Substring) -> Substring {
  let isSpace: (Character) -> Bool = { $0 == " " || $0 == "\t" }
  var text = text.drop(while: isSpace)
  while let last = text.last, isSpace(last) { text.removeLast() }
  return text
}
