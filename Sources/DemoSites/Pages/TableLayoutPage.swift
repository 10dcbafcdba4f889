extension HomePage {
  /// The page as a site builder of 2009 would have made it: tables, font tags, a marquee, and nothing for telephones.
  var tableLayout: String {
    let name = business.name.escapedForHTML
    let links = ["Home", "Services", "Guest book"].map {
      "<td bgcolor=\"#003366\"><a href=\"#\"><font color=\"white\">\($0)</font></a></td>"
    }
    let rows = text.services.map {
      "<tr><td><img src=\"/images/star.gif\"></td><td><font face=\"Verdana\" size=\"2\"><b>\($0.title)</b><br>\($0.blurb)</font></td></tr>"
    }
    return """
      <html>
      <head>
      <meta http-equiv="Content-Type" content="text/html; charset=utf-8">
      \("<title>Untitled Document</title>".when(has(.title)))
      \("<script src=\"/js/jquery-1.3.2.min.js\"></script>".when(has(.oldJQuery)))
      </head>
      <body bgcolor="#FFFFCC" leftmargin="0" topmargin="0">
      <center><table width="760" border="0" cellpadding="4">
      <tr><td colspan="3"><marquee>Welcome to \(name)!!!</marquee></td></tr>
      <tr>\(links.joined())</tr>
      <tr><td colspan="3"><font face="Times New Roman" size="5">\(text.headline.escapedForHTML)</font>
      <p>\(text.introduction.joined(separator: " ").escapedForHTML)</p>
      <p>\(text.assurances.joined(separator: " ").escapedForHTML)</p>
      \("<p>\(PageText.placeholder)</p>".when(has(.placeholderText)))
      <table width="100%">\(rows.joined(separator: "\n"))</table>
      <p>\("Call us: \(business.phone)<br>".when(has(.phone)))\(business.street), \(business.city.name)</p>
      <form action="\(url)cgi-bin/guestbook.pl" method="post"><input name="entry"><input type="submit" value="Sign my guest book"></form>
      <img src="/images/counter.gif"> Best viewed with 1024 x 768</td></tr>
      </table></center>
      Copyright 2009 \(name)
      </body></html>

      """
  }
}
