import BatchReports

/// Trusted: can customers reach you, and does the site look alive? (checks 37, 41, 43 to 45)
enum TrustedContactChecks {
  static let all = [placeholder, phone, contact, openingHours, samePhone]

  private static let alwaysTelling = [
    "lorem ipsum", "this domain is for sale", "domain may be for sale", "buy this domain", "domain is parked", "parked free, courtesy of",
    "this domain has been registered", "domain parking", "apache2 debian default page", "apache2 ubuntu default page", "welcome to nginx!",
    "test page for the apache", "default web site page", "index of /", "account has been suspended", "just another wordpress site",
    "your content goes here", "this site is under construction", "website is under construction", "future home of something quite cool",
    "squarespace - website expired", "diese domain steht zum verkauf", "cette page est en construction",
  ]
  /// Also said by live pages ("new menu coming soon"), so only a nearly empty page is judged by them.
  private static let tellingOnShortPages = [
    "coming soon", "under construction", "it works!", "hello world", "website expired", "en construcción", "in kürze",
  ]

  static let placeholder = Check(
    number: 37, section: .trusted, severity: .high, source: Check.houseRule, reading: .faults,
    good: "The page is finished", bad: "The page looks unfinished or abandoned",
    why: "Customers who find filler text or a parked domain think that you have closed.",
    how: "Put real text on the page, or ask who looks after your domain."
  ) { audited in
    let title = audited.page.title?.lowercased() ?? ""
    let phrases = alwaysTelling + (audited.page.wordCount < 150 ? tellingOnShortPages : [])
    let found = phrases.first { audited.lowercasedText.contains(ascii: $0) || title.contains(ascii: $0) }
    return .when(found == nil, "no filler text found", otherwise: "\"\(found ?? "")\"")
  }

  static let phone = Check(
    number: 41, section: .trusted, severity: .high, source: Check.houseRule, reading: .presence,
    good: "There is a phone number", bad: "There is no phone number on the page",
    why: "Many customers call before they come; without a number they call somebody else.",
    how: "Put your phone number at the top of the home page."
  ) { audited in
    let phone = audited.phones.first ?? audited.telephoneLinks.first
    return .when(phone != nil, phone ?? "", otherwise: "no phone number found")
  }

  static let contact = Check(
    number: 43, section: .trusted, severity: .high, source: Check.houseRule, reading: .presence,
    good: "Customers can write or book", bad: "Customers cannot write or book",
    why: "Without an email address, form or booking link you lose everyone who will not phone.",
    how: "Ask for a contact form, an email link or a booking link on the home page."
  ) { audited in
    if let mail = audited.mailLinks.first { return .passed("mailto:\(mail)") }
    if let mail = ContactSigns.email(in: audited.page.text) { return .passed(mail) }
    if let form = audited.contactForms.first { return .passed("form with \(form.fieldCount) field\(form.fieldCount == 1 ? "" : "s")") }
    if let booking = ContactSigns.bookingLink(audited) { return .passed(booking) }
    return .failed("no email address, form or booking link found")
  }

  static let openingHours = Check(
    number: 44, section: .trusted, severity: .low, source: "schema.org openingHours", reading: .presence,
    good: "The opening hours are shown", bad: "The opening hours are not shown",
    why: "\"Are they open now?\" is what customers ask most.", how: "Put the opening hours on the page, and into the structured data."
  ) { audited in
    if audited.structured.things.contains(where: \.hasOpeningHours) { return .passed("in the structured data") }
    let property = ["openingHours", "openingHoursSpecification"].first(where: audited.page.microdataProperties.contains)
    if let property { return .passed("microdata: \(property)") }
    let hours = OpeningHoursText.find(in: audited.lowercasedText)
    return .when(hours != nil, hours ?? "", otherwise: "no opening hours found")
  }

  static let samePhone = Check(
    number: 45, section: .trusted, severity: .medium, source: "Google structured data",
    good: "Google is told the same phone number", bad: "Google is told another phone number than your visitors",
    why: "Customers who call from the search result reach a wrong number.", how: "Ask to correct the phone number in the structured data."
  ) { audited in
    let businesses = audited.structured.localBusinesses
    let told = (businesses.isEmpty ? audited.structured.things : businesses).flatMap(\.telephones)
    let shown = audited.phones + audited.telephoneLinks
    guard let first = told.first else { return .notApplicable("no phone number in the structured data") }
    guard let visible = shown.first else { return .notApplicable("no phone number on the page") }
    let agrees = told.contains { one in shown.contains { PhoneNumbers.agree(one, $0) } }
    return .when(agrees, first, otherwise: "structured data: \(first), page: \(visible)")
  }
}
