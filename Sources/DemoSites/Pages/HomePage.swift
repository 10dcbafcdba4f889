/// The home page of an ordinary business, with the strengths and flaws of its traits.
struct HomePage: Sendable {
  let business: SampleBusiness
  let traits: PageTraits
  /// The page's own address, with a slash at its end.
  let url: String
  let year: Int

  func has(_ strength: PageStrengths) -> Bool { traits.strengths.contains(strength) }
  func has(_ flaw: PageFlaw) -> Bool { traits.flaws.contains(flaw) }

  var text: PageText { PageText(business: business, generosity: traits.generosity) }
  var copyrightYear: Int { has(.currentYear) ? year : year - 4 - business.index % 8 }

  var html: String {
    if has(.tableLayout) { return tableLayout }
    return "<!doctype html>\n".when(has(.doctype))
      + (has(.language) ? "<html lang=\"en\">\n" : "<html>\n")
      + PageHead(page: self).html
      + body
      + "</html>\n"
  }

  private var body: String {
    let name = business.name.escapedForHTML
    let opening = has(.mainLandmark) ? "<main>" : "<div class=\"content\">"
    let ending = has(.mainLandmark) ? "</main>" : "</div>"
    return """
      <body>
      <header><strong>\(name)</strong>
      <nav><a href="#services">Services</a> <a href="#about">About</a> <a href="#contact">Contact</a></nav></header>
      \(opening)
      \("<h1>\(text.headline.escapedForHTML)</h1>".when(has(.heading)))
      \(image("front", describedAs: "The front of \(business.name)", wide: 1200, high: 600))
      \(text.introduction.map { "<p>\($0.escapedForHTML)</p>" }.joined(separator: "\n"))
      \("<p>\(PageText.placeholder)</p>".when(has(.placeholderText)))
      \(services)
      \(about)
      \(contact)
      \(ending)
      \(footer)
      </body>

      """
  }

  private var services: String {
    let level = has(.skippedHeading) ? "h4" : "h3"
    let items = text.services.enumerated().map { position, service in
      """
      <article><\(level)>\(service.title.escapedForHTML)</\(level)>
      \(image("service-\(position + 1)", describedAs: service.title, wide: 400, high: 300))
      <p>\(service.blurb.escapedForHTML)</p>\(" <a href=\"#contact\">Click here</a>".when(has(.vagueLinks)))</article>
      """
    }
    return "<section id=\"services\"><h2>What we do</h2>\n\(items.joined(separator: "\n"))\n</section>"
  }

  private var about: String {
    let reviews = text.reviews.map { "<blockquote><p>\($0.quote.escapedForHTML)</p><cite>\($0.author)</cite></blockquote>" }
    return """
      <section id="about"><h2>Why people in \(business.city.name) choose us</h2>
      \(text.assurances.map { "<p>\($0.escapedForHTML)</p>" }.joined(separator: "\n"))
      \(reviews.joined(separator: "\n"))
      </section>
      """
  }

  private var contact: String {
    let phone = has(.phoneLink) ? "<a href=\"\(business.phoneLink)\">\(business.phone)</a>" : business.phone
    let address = "\(business.street), \(business.city.name), \(business.city.state) \(business.postalCode)"
    return """
      <section id="contact"><h2>Visit or call</h2>
      \("<address>\(address)</address>".when(has(.address)))
      \("<p>Phone: \(phone)</p>".when(has(.phone)))
      \("<p>Mail: <a href=\"mailto:\(business.email)\">\(business.email)</a></p>".when(has(.email)))
      \("<p>Open Monday to Friday 8:00 am to 5:30 pm, Saturday 9:00 am to 1:00 pm.</p>".when(has(.openingHours)))
      <p>\(text.closing.escapedForHTML)</p>
      \(insecureForm.when(has(.insecureForm)))
      </section>
      """
  }

  /// Fields without labels, sent in the clear.
  private var insecureForm: String {
    """
    <form method="post" action="\(url)send.php"><input type="text" name="name" placeholder="Name">
    <input type="text" name="card" placeholder="Card number"><textarea name="message"></textarea><button></button></form>
    """
  }

  private var footer: String {
    // A profile number that no account has.
    let social = "<a href=\"https://www.facebook.com/profile.php?id=0\">Facebook</a>"
    return """
      <footer><p>&copy; \(copyrightYear) \(business.name.escapedForHTML)</p>
      \(social.when(has(.socialLinks)))
      \("<a href=\"/privacy\">Privacy policy</a>".when(has(.privacyPage)))
      </footer>
      """
  }

  func image(_ name: String, describedAs description: String, wide: Int, high: Int) -> String {
    let file = has(.hugeImages) ? "DSC_0\(4_000 + business.index)-\(name)-6000x4000.bmp" : name + (has(.modernImages) ? ".webp" : ".jpg")
    let alt = has(.altTexts) ? " alt=\"\(description.escapedForHTML)\"" : ""
    let size = has(.imageSizes) && !has(.hugeImages) ? " width=\"\(wide)\" height=\"\(high)\"" : ""
    return "<img src=\"/images/\(file)\"\(alt)\(size)>"
  }
}
