/// Signs by which a customer can write or book: email addresses in text, links to booking services.
enum ContactSigns {
  /// The first email address in visible text. Looks at most 64 bytes to each side of an "@".
  static func email(in text: String) -> String? {
    let bytes = Array(text.utf8)
    for (at, byte) in bytes.enumerated() where byte == UInt8(ascii: "@") {
      var start = at
      while start > 0, at - start < 64, isAddressPart(bytes[start - 1]) { start -= 1 }
      var end = at + 1
      while end < bytes.count, end - at < 64, isAddressPart(bytes[end]), bytes[end] != UInt8(ascii: "_") { end += 1 }
      while end > at + 1, bytes[end - 1] == UInt8(ascii: ".") { end -= 1 }
      let labels = bytes[(at + 1)..<end].split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
      guard start < at, labels.count >= 2, !labels.contains(where: \.isEmpty), let last = labels.last,
        (2...24).contains(last.count), last.allSatisfy(\.isASCIILetter)
      else { continue }
      return String(decoding: bytes[start..<end], as: UTF8.self)
    }
    return nil
  }

  private static func isAddressPart(_ byte: UInt8) -> Bool {
    byte.isASCIILetter || byte.isASCIIDigit || "._%+-".utf8.contains(byte)
  }

  private static let bookingSites: Set<String> = [
    "calendly.com", "opentable.com", "opentable.co.uk", "resy.com", "acuityscheduling.com", "fresha.com", "booksy.com",
    "mindbodyonline.com",
    "treatwell.co.uk", "treatwell.de", "zocdoc.com", "setmore.com", "simplybook.me", "vagaro.com", "doctolib.de", "doctolib.fr",
    "toasttab.com",
    "exploretock.com", "thefork.com", "quandoo.com", "booking.com", "airbnb.com", "housecallpro.com", "jobber.com", "getjobber.com",
    "schedulicity.com", "styleseat.com", "squareup.com", "square.site", "nexhealth.com", "localmed.com", "tebra.com", "planity.com",
    "cal.com",
    "appointy.com", "10to8.com", "timely.com", "gettimely.com", "phorest.com", "wa.me", "whatsapp.com", "m.me", "doordash.com",
    "ubereats.com",
  ]

  private static let bookingTexts = [
    "book now", "book online", "book a ", "book an ", "book your", "booking", "reserve", "reservation", "make an appointment",
    "request an appointment", "schedule", "appointment", "order online", "termin buchen", "online-termin", "réserver", "reservar",
    "prenota",
  ]

  /// A link to a booking service, or one that says that it books.
  static func bookingLink(_ audited: AuditedPage) -> String? {
    for anchor in audited.page.anchors {
      guard let reference = anchor.address, !reference.trimmed.isEmpty, let target = audited.base.resolving(reference) else { continue }
      if bookingSites.contains(target.site) || bookingSites.contains(target.bareHost) { return target.origin }
      let text = anchor.name.lowercased()
      if text.utf8.count < 60, bookingTexts.contains(where: { text.contains(ascii: $0) }) { return "\(anchor.name): \(reference)" }
    }
    return nil
  }
}
