import RichText
import Testing

@Suite("Text people write becomes safe markup")
struct RichTextTests {
  @Test("Markdown keeps emphasis, lists, tables, code and single line breaks")
  func markdownBasics() {
    #expect(
      RichText.markdown("**no** _wifi_ ~~today~~").html.contains("<strong>no</strong> <em>wifi</em> <del>today</del>"))
    #expect(RichText.markdown("one\ntwo").html.contains("one<br>\ntwo"))
    let list = RichText.markdown("- a\n- b").html
    #expect(list.contains("<ul>") && list.contains("<li>a</li>") && !list.contains("<br>"))
    #expect(RichText.markdown("| a | b |\n|---|---|\n| 1 | 2 |").html.contains("<th>a</th>"))
    let code = RichText.markdown("```\nif a < b {\n  c\n}\n```").html
    #expect(code.contains("if a &lt; b {\n  c\n}") && !code.contains("<br>"))
    #expect(RichText.markdown(Array("café".utf8)).html.contains("<p>café</p>"))
  }

  @Test("A heading in a message becomes a bold paragraph, so the page keeps its own outline")
  func headings() {
    let html = RichText.markdown("# Printer\ntext").html
    #expect(html.contains("<p><strong>Printer</strong></p>"))
    #expect(!html.contains("<h"))
  }

  @Test("Links carry rel and only http, https, mailto and tel survive")
  func links() {
    let html = RichText.markdown("see https://example.org/a?b=1&c=2 or www.example.org or ana@example.org").html
    #expect(html.contains("href=\"https://example.org/a?b=1&amp;c=2\" rel=\"nofollow noopener noreferrer\""))
    #expect(html.contains("href=\"mailto:ana@example.org\""))
    for address in [
      "javascript:alert(1)", "JaVaScRiPt:alert(1)", "data:text/html,<b>", "vbscript:x", "//evil.example", "/sign-out",
      "java&#x09;script:alert(1)", "&#106;avascript:alert(1)",
    ] {
      let link = RichText.markdown("[here](\(address))").html
      #expect(!link.contains("href"), "\(address) gave \(link)")
      #expect(link.contains("here"))
    }
  }

  static let hostile = [
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "<svg onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "<iframe src=\"javascript:alert(1)\"></iframe>", "<a href=\"javascript:alert(1)\">x</a>",
    "<a href=\" \u{1}javascript:alert(1)\">x</a>", "<a href=\"jav&#x0A;ascript:alert(1)\">x</a>",
    "<p onclick=\"alert(1)\" style=\"position:fixed\">x</p>", "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "<math><mtext><table><mglyph><style><!--</style><img title=\"--&gt;&lt;img src=1 onerror=alert(1)&gt;\">",
    "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">", "<!--><script>alert(1)</script>-->",
    "<form action=/sign-out method=post><button>x</button></form>", "<base href=//evil.example/>",
    "<meta http-equiv=refresh content=\"0;url=//evil.example\">", "<style>@import '//evil.example'</style>",
    "<b <script>alert(1)</script>0", "<a href='https://x.example' onmouseover='alert(1)'>x</a>",
    "<template><script>alert(1)</script></template>", "<textarea><script>alert(1)</script></textarea>",
    "<table background=\"javascript:alert(1)\"><tr><td>x</td></tr></table>", "<input autofocus onfocus=alert(1)>",
    "<object data=\"data:text/html,<script>alert(1)</script>\"></object>", "<x onclick=alert(1)>y</x>",
    "<a href=\"https://x.example/&quot; onmouseover=&quot;alert(1)\">x</a>",
  ]

  @Test("Hostile HTML comes out without anything that runs", arguments: hostile)
  func cleaning(_ sample: String) throws {
    for html in [RichText.cleaned(sample).html, RichText.markdown(sample).html] {
      // What is left as text is escaped, so only real tags are looked at.
      let tags = html.matches(of: /<[^>]*>/).map { String($0.output).lowercased() }
      for tag in tags {
        let name = tag.drop(while: { $0 == "<" || $0 == "/" }).prefix(while: { $0.isLetter || $0.isNumber })
        #expect(
          ["p", "br", "b", "a", "table", "tbody", "tr", "td", "strong", "em", "code", "div", "span"].contains(name),
          "\(tag)")
        #expect(!tag.contains("javascript:") || !tag.contains("href="), "\(tag)")
        let attributes = tag.matches(of: /\s([a-z-]+)=/).map { String($0.output.1) }
        let outsideQuotes = tag.replacing(/"[^"]*"/, with: "")
        #expect(!outsideQuotes.contains("on"), "\(tag)")
        #expect(
          attributes.allSatisfy {
            ["href", "rel", "colspan", "rowspan", "start"].contains($0) || tag.contains("&quot;")
          }, "\(tag)")
      }
    }
  }

  @Test("Cleaning keeps the words and the structure of an ordinary mail")
  func ordinaryMail() {
    let html = RichText.cleaned(
      "<html><head><title>t</title><style>p{}</style></head><body><div class=x><p>Hola,<br>no va la <b>VPN</b> &amp; el correo</p>"
        + "<blockquote>antes</blockquote><img src=\"https://track.example/1.gif\"></div></body></html>"
    ).html
    #expect(html == "<div><p>Hola,<br>no va la <b>VPN</b> &amp; el correo</p><blockquote>antes</blockquote></div>")
  }

  @Test("Thousands of nested tags neither crash nor grow")
  func deepNesting() {
    let deep = String(repeating: "<div>", count: 20_000) + "end"
    #expect(RichText.cleaned(deep).html.utf8.count < deep.utf8.count + 10_000)
    #expect(RichText.markdown(String(repeating: "> ", count: 5_000) + "end").html.utf8.count < 100_000)
  }

  @Test("A sentence of ours shows its bold marks and escapes the values inside")
  func sentences() {
    #expect(RichText.sentence("**Amina**, Lyon, is on it").html == "<strong>Amina</strong>, Lyon, is on it")
    #expect(RichText.sentence("**<b>x**").html == "<strong>&lt;b&gt;x</strong>")
    #expect(RichText.sentence("**open").html == "<strong>open</strong>")
    #expect(RichText.escaped("<a href='x'>\"&").html == "&lt;a href=&#39;x&#39;&gt;&quot;&amp;")
  }

  @Test("A snippet is one line of words, cut at a word")
  func snippets() {
    #expect(RichText.plainText(of: "**No** wifi\n\n- since `nine`\n- on floor 2") == "No wifi since nine on floor 2")
    #expect(RichText.plainText(of: "alpha beta gamma delta", charactersMax: 13) == "alpha beta…")
    #expect(RichText.plainText(of: "abcdefghij", charactersMax: 5) == "abcd…")
    #expect(RichText.plainText(of: "", charactersMax: 5).isEmpty)
    #expect(RichText.plainText(of: RichText.markdown("a\nb")) == "a b")
  }

  @Test("A trailing quote is folded with the line that introduces it")
  func folding() {
    let mail = FoldedText("It works, thank you!\n\nOn 3 May, Amina wrote:\n> Try again now\n>\n> Amina\n")
    #expect(mail.shown == "It works, thank you!")
    #expect(mail.quoted?.hasPrefix("On 3 May, Amina wrote:") == true)
    let wrapped = FoldedText(
      "Ya va.\n\nEl mar, 3 may 2026 a las 10:40, Amina Diallo <amina@example.org>\nescribió:\n> Pruebe ahora")
    #expect(wrapped.shown == "Ya va.")
    let outlook = FoldedText("Ok\n\n-----Original Message-----\nFrom: Amina\nold")
    #expect(outlook.shown == "Ok")
  }

  @Test("A quote with an answer below, or nothing but a quote, is shown whole")
  func notFolded() {
    #expect(FoldedText("> which floor?\nthe second").quoted == nil)
    #expect(FoldedText("> only quoted").quoted == nil)
    #expect(FoldedText("no quote").shown == "no quote")
  }
}
