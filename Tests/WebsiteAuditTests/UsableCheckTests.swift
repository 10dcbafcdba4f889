import BatchReports
import HTTPFetch
import Testing

@testable import WebsiteAudit

@Suite("Usable: checks of the page")
struct UsableCheckTests {
  static let cases: [CheckCase] = [
    CheckCase(32, .passed, "<h1>a</h1><h2>b</h2><h3>c</h3><h2>d</h2>"),
    CheckCase(32, .failed, "<h1>a</h1><h3>b</h3>", "h1 is followed by h3: b"),
    CheckCase(32, .notApplicable, "<p>x"),
    CheckCase(42, .passed, "<a href='tel:+12125550123'>call</a>", "+12125550123"),
    CheckCase(42, .failed, "<p>(212) 555-0123</p>", "(212) 555-0123"),
    CheckCase(42, .notApplicable, "<p>no number</p>"),
    CheckCase(46, .passed, "<meta name=viewport content='width=device-width'>"),
    CheckCase(46, .failed, "<p>x"),
    CheckCase(46, .failed, "<meta name=viewport content=''>"),
    CheckCase(47, .passed, "<meta name=viewport content='width=device-width, maximum-scale=5'>"),
    CheckCase(47, .failed, "<meta name=viewport content='width=device-width, user-scalable = no'>"),
    CheckCase(47, .failed, "<meta name=viewport content='maximum-scale=1.0'>"),
    CheckCase(47, .notApplicable, "<p>x"),
    CheckCase(48, .passed, "<html lang=en>"),
    CheckCase(48, .failed, "<html><p>x"),
    CheckCase(48, .failed, "<html lang=' '>"),
    CheckCase(49, .passed, "<html lang=zh-Hant-TW>"),
    CheckCase(49, .failed, "<html lang=english>", "english"),
    CheckCase(49, .failed, "<html lang=en_US>"),
    CheckCase(49, .notApplicable, "<html>"),
    CheckCase(50, .passed, "<img src=a.jpg alt=''><img src=b.jpg role=presentation><img src=c.jpg aria-hidden=true>"),
    CheckCase(50, .passed, "<div style='display: none'><img src=a.jpg></div>"),
    CheckCase(50, .failed, "<img src=/a.jpg><img src=b.jpg alt=b>", "1 of 2 pictures without alt, first: /a.jpg"),
    CheckCase(50, .notApplicable, "<noscript><img src=pixel.gif></noscript>"),
    CheckCase(50, .notApplicable, "<template><img src=a.jpg></template>"),
    CheckCase(51, .passed, "<label>Name <input name=n></label>"),
    CheckCase(51, .passed, "<label for=n>Name</label><input id=n>"),
    CheckCase(51, .passed, "<input aria-label=Name><select title=Day></select><b id=l>Text</b><textarea aria-labelledby=l></textarea>"),
    CheckCase(51, .failed, "<input name=n>", "1 of 1"),
    CheckCase(51, .failed, "<label><input name=n></label>"),
    CheckCase(51, .failed, "<label for=other>Name</label><input id=n>"),
    CheckCase(51, .failed, "<input aria-labelledby=missing>"),
    CheckCase(51, .notApplicable, "<input type=hidden><input type=submit>"),
    CheckCase(
      52, .passed, "<button>Go</button><button aria-label=Menu><i></i></button><input type=submit><button><img alt=Search></button>"),
    CheckCase(52, .passed, "<button><svg><title>Menu</title></svg></button>"),
    CheckCase(52, .failed, "<button id=nav><i class=icon></i></button>", "nav"),
    CheckCase(52, .failed, "<div role=button></div>"),
    CheckCase(52, .failed, "<input type=image src=a.png>"),
    CheckCase(52, .failed, "<button><span aria-hidden=true>☰</span></button>"),
    CheckCase(52, .notApplicable, "<p>x"),
    CheckCase(53, .passed, "<a href=/a>A</a><a href=/b><img alt=B></a><a href=/c title=C></a>"),
    CheckCase(53, .failed, "<a href=/fb><i></i></a>", "/fb"),
    CheckCase(53, .passed, "<div aria-hidden=true><a href=/fb><i></i></a></div><a href=/x>x</a>"),
    CheckCase(53, .notApplicable, "<p>x"),
    CheckCase(54, .passed, "<iframe src=/map title=Map></iframe>"),
    CheckCase(54, .failed, "<iframe src=/map></iframe>", "/map"),
    CheckCase(54, .notApplicable, "<iframe src=/pixel width=0 height=0></iframe>"),
    CheckCase(55, .passed, "<main>x</main>"),
    CheckCase(55, .passed, "<div role=main>x</div>"),
    CheckCase(55, .failed, "<div>x</div>"),
    CheckCase(56, .passed, "<a tabindex=0 href=/>x</a><b tabindex=-1>x</b>"),
    CheckCase(56, .failed, "<a tabindex=3 href=/>x</a>", "tabindex=\"3\""),
    CheckCase(57, .passed, "<meta http-equiv=refresh content=300>"),
    CheckCase(57, .failed, "<meta http-equiv=Refresh content='0; URL=/new'>", "/new"),
    CheckCase(58, .passed, "<b id=a>x</b><input aria-labelledby=a>"),
    CheckCase(58, .failed, "<b id=a>x</b><b id=a>y</b><input aria-describedby='b a'>", "used twice: a"),
    CheckCase(58, .notApplicable, "<b id=a>x</b><b id=a>y</b>"),
    CheckCase(59, .passed, "<!-- x --><!DOCTYPE html><p>x"),
    CheckCase(59, .failed, "<p>x"),
  ]

  @Test("judge markup", arguments: cases)
  func markup(_ one: CheckCase) { one.verify() }

  @Test("check 60 wants the character set named in the header or the first 1024 bytes")
  func charset() {
    let bare: (inout PageFixture) -> Void = { $0.headers = [HTTPHeader("Content-Type", "text/html")] }
    #expect(finding(60, "<meta charset=utf-8>", bare).result == .passed)
    #expect(finding(60, "<meta http-equiv=content-type content='text/html; charset=utf-8'>", bare).result == .passed)
    #expect(finding(60, "<p>x", bare).result == .failed)
    #expect(finding(60, "<p>x").result == .passed)
    #expect(finding(60, "\u{FEFF}<p>x", bare).result == .passed)
    let late = finding(60, String(repeating: " ", count: 1_024) + "<meta charset=utf-8>", bare)
    #expect(late.evidence == "only at byte 1024")
    #expect(late.result == .failed)
  }
}
