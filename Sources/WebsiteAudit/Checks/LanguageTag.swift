/// Language tags of BCP 47 (RFC 5646), as far as a page needs them: language, script, region, variants.
enum LanguageTag {
  static func isValid(_ tag: String) -> Bool {
    let parts = tag.split(separator: "-", omittingEmptySubsequences: false).map { $0.lowercased() }
    guard parts.count <= 8, let language = parts.first, isLanguage(language) else { return false }
    var hasRegion = false
    for part in parts.dropFirst() {
      guard (1...8).contains(part.utf8.count), part.utf8.allSatisfy({ $0.isASCIILetter || $0.isASCIIDigit }) else { return false }
      if part == "x" || part.utf8.count == 1 { return true }
      if part.utf8.count == 2 {
        guard !hasRegion, part.utf8.allSatisfy(\.isASCIILetter), !impossibleRegions.contains(part) else { return false }
        hasRegion = true
      }
    }
    return true
  }

  private static func isLanguage(_ code: String) -> Bool {
    if code.utf8.count == 2 { return twoLetter.contains(code) }
    return code.utf8.count == 3 && code.utf8.allSatisfy(\.isASCIILetter)
  }

  /// Often mistaken for regions, and assigned to none (ISO 3166-1); "UK" is reserved, the code is GB.
  private static let impossibleRegions: Set<String> = ["uk", "en", "eu", "xx"]

  /// ISO 639-1.
  private static let twoLetter = Set(
    """
    aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee el en eo es et eu fa ff fi
    fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik io is it iu ja jv ka kg ki kj kk kl km kn ko kr ks ku kv kw
    ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne ng nl nn no nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro
    ru rw sa sc sd se sg sh si sk sl sm sn so sq sr ss st su sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh
    yi yo za zh zu
    """.words)
}
