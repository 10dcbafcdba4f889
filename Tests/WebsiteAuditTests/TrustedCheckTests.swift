import BatchReports
import HTTPFetch
import Testing

@testable import WebsiteAudit

@Suite("Trusted: checks of the page")
struct TrustedCheckTests {
  private static func jsonLD(_ text: String) -> String { "<script type='application/ld+json'>\(text)</script>" }
  private static let words = Array(repeating: "word", count: 160).joined(separator: " ")

  static let cases: [CheckCase] = [
    CheckCase(37, .passed, "<p>Bread</p>"),
    CheckCase(37, .failed, "<p>Lorem Ipsum dolor</p>", "lorem ipsum"),
    CheckCase(37, .failed, "<h1>Coming soon</h1>"),
    CheckCase(37, .passed, "<p>New menu coming soon \(words)</p>"),
    CheckCase(37, .failed, "<title>Apache2 Debian Default Page: It works</title>"),
    CheckCase(41, .passed, "<p>Call (212) 555-0123</p>", "(212) 555-0123"),
    CheckCase(41, .passed, "<a href='tel:+442079460958'>Ring us</a>"),
    CheckCase(41, .failed, "<p>Since 01.02.1990, order 1234567890, $1,200.00</p>"),
    CheckCase(41, .failed, "<script>var phone = '(212) 555-0123'</script>"),
    CheckCase(43, .passed, "<a href='mailto:a@b.example'>write</a>", "mailto:a@b.example"),
    CheckCase(43, .passed, "<p>hello@bakery.example.</p>", "hello@bakery.example"),
    CheckCase(43, .passed, "<form><input name=message></form>", "form with 1 field"),
    CheckCase(43, .passed, "<a href='https://calendly.com/baker'>x</a>", "calendly.com"),
    CheckCase(43, .passed, "<a href='/termin'>Book online</a>"),
    CheckCase(43, .failed, "<form role=search><input name=q></form><p>@ sign, a@b</p>"),
    CheckCase(43, .failed, "<form action=/find><input type=search name=term></form>"),
    CheckCase(44, .passed, "<p>Mon-Fri 9am - 5pm</p>"),
    CheckCase(44, .passed, "<p>Saturday: 09:00–14:00</p>"),
    CheckCase(44, .passed, "<h2>Opening hours</h2>"),
    CheckCase(44, .passed, jsonLD("{\"@type\":\"Store\",\"openingHoursSpecification\":[{\"opens\":\"09:00\"}]}")),
    CheckCase(44, .passed, "<time itemprop=openingHours content='Mo 9'>x</time>"),
    CheckCase(44, .failed, "<p>See you on Monday, we have 20 rolls. The sun is 5 km away.</p>"),
    CheckCase(45, .passed, jsonLD("{\"@type\":\"Store\",\"telephone\":\"+1 212 555 0123\"}") + "<p>(212) 555-0123</p>"),
    CheckCase(45, .failed, jsonLD("{\"@type\":\"Store\",\"telephone\":\"+1 212 555 9999\"}") + "<p>(212) 555-0123</p>", "9999"),
    CheckCase(45, .notApplicable, "<p>(212) 555-0123</p>"),
    CheckCase(45, .notApplicable, jsonLD("{\"@type\":\"Store\",\"telephone\":\"+1 212 555 9999\"}")),
    CheckCase(72, .passed, "<link rel='shortcut icon' href=/i.ico>"),
    CheckCase(72, .failed, "<link rel=icon href=''>"),
    CheckCase(73, .passed, "<a href='https://www.instagram.com/bakery'>x</a>"),
    CheckCase(73, .passed, jsonLD("{\"@type\":\"Store\",\"sameAs\":[\"https://x.com/bakery\"]}")),
    CheckCase(73, .failed, "<a href='https://www.facebook.com/sharer/sharer.php?u=x'>Share</a><a href='https://twitter.com/'>x</a>"),
    CheckCase(74, .passed, "<form><input name=message></form><a href=/privacy>x</a>"),
    CheckCase(74, .passed, "<form><input name=message></form><a href=/p>Datenschutz</a>"),
    CheckCase(74, .failed, "<form><input name=message></form>", "a form"),
    CheckCase(74, .failed, "<script src='https://www.googletagmanager.com/gtag/js?id=G-1'></script>", "Google Tag Manager"),
    CheckCase(74, .notApplicable, "<form role=search><input name=q></form>"),
    CheckCase(75, .failed, "<script>fbq('init', '1')</script>", "Meta Pixel"),
    CheckCase(75, .passed, "<script>gtag('config')</script><script src='https://consent.cookiebot.com/uc.js'></script>", "cookiebot"),
    CheckCase(75, .passed, "<script>gtag('config')</script><button>Accept cookies</button>"),
    CheckCase(75, .notApplicable, "<p>x"),
    CheckCase(76, .passed, "<footer>© 2019–2024 Miller</footer>", "2024"),
    CheckCase(76, .failed, "<footer>Copyright Miller's Bakery 2019. All rights reserved</footer>", "2019"),
    CheckCase(76, .failed, "<footer>&copy; 2020</footer>"),
    CheckCase(76, .notApplicable, "<footer>© Miller, 12345 Town</footer>"),
  ]

  @Test("judge markup", arguments: cases)
  func markup(_ one: CheckCase) { one.verify() }
}
