import CLibXML2

/// Rebuilds HTML from libxml2's tree through an allow-list: what is not named here does not come out.
///
/// The output is written anew from decoded text, so tricks with quoting, entities or broken tags cannot survive.
enum HTMLCleaner {
  /// Deepest nesting that is rebuilt; deeper elements lose their tags and keep their text.
  private static let depthMax = 64

  /// Elements that come out under their own name, with nothing but the attributes of `attributes(of:named:)`.
  private static let kept: Set<String> = [
    "p", "br", "div", "span", "a", "b", "strong", "i", "em", "u", "s", "del", "ins", "code", "pre", "blockquote", "ul",
    "ol", "li", "table", "thead", "tbody", "tr", "th", "td", "hr", "sub", "sup", "kbd", "dl", "dt", "dd", "mark",
    "small",
  ]

  /// Elements that vanish with everything inside.
  private static let dropped: Set<String> = [
    "script", "style", "head", "title", "template", "iframe", "frame", "frameset", "object", "embed", "applet", "svg",
    "math", "noscript", "noembed", "noframes", "textarea", "select", "button", "input", "option", "audio", "video",
    "canvas", "link", "meta", "base", "param", "source", "track", "portal", "xml", "xmp", "plaintext", "img", "image",
    "picture", "map", "area", "dialog", "slot",
  ]

  private static let headings: Set<String> = ["h1", "h2", "h3", "h4", "h5", "h6"]
  private static let withoutEndTag: Set<String> = ["br", "hr"]
  private static let schemes = ["https://", "http://", "mailto:", "tel:"]

  /// Elements after which a snippet needs a blank.
  private static let separating: Set<String> = [
    "p", "br", "div", "li", "tr", "td", "th", "blockquote", "pre", "hr", "h1", "h2", "h3", "h4", "h5", "h6", "dt", "dd",
  ]

  /// The allow-listed part of `html`; with `keepsLineBreaks`, a line break in the text becomes `<br>`.
  static func cleaned(_ html: String, keepsLineBreaks: Bool) -> TrustedHTML {
    var output = ""
    withTree(html) { root in
      write(root, into: &output, depth: 0, isPreformatted: false, keepsLineBreaks: keepsLineBreaks)
    }
    return TrustedHTML(made: output)
  }

  /// The text of `html` with blanks where blocks end; images, scripts and styles say nothing.
  static func text(of html: String) -> String {
    var output = ""
    withTree(html) { root in writeText(root, into: &output, depth: 0) }
    return output
  }

  // MARK: - Reading

  private static let isReady: Bool = {
    xmlInitParser()
    return true
  }()

  /// Parses leniently, without network or messages, and frees the tree afterwards.
  private static func withTree(_ html: String, _ body: (xmlNodePtr) -> Void) {
    guard isReady, !html.isEmpty else { return }
    let options =
      HTML_PARSE_RECOVER.rawValue | HTML_PARSE_NOERROR.rawValue | HTML_PARSE_NOWARNING.rawValue
      | HTML_PARSE_NONET.rawValue | HTML_PARSE_IGNORE_ENC.rawValue
    // NUL would end the text early, and other control characters are never meant.
    let bytes = html.utf8.filter { $0 >= 0x20 || $0 == 0x09 || $0 == 0x0A || $0 == 0x0D }
    let document = bytes.withUnsafeBufferPointer { buffer in
      buffer.withMemoryRebound(to: CChar.self) { characters in
        htmlReadMemory(
          characters.baseAddress, Int32(clamping: characters.count), nil, "UTF-8",
          Int32(truncatingIfNeeded: options))
      }
    }
    guard let document else { return }
    defer { xmlFreeDoc(document) }
    guard let root = xmlDocGetRootElement(document) else { return }
    body(root)
  }

  private static func name(of node: xmlNodePtr) -> String {
    guard let name = node.pointee.name else { return "" }
    return String(cString: name).lowercased()
  }

  private static func content(of node: xmlNodePtr) -> String {
    guard let content = node.pointee.content else { return "" }
    return String(cString: content)
  }

  // MARK: - Writing

  private static func write(
    _ node: xmlNodePtr, into output: inout String, depth: Int, isPreformatted: Bool, keepsLineBreaks: Bool
  ) {
    switch node.pointee.type {
    case XML_TEXT_NODE, XML_CDATA_SECTION_NODE:
      let text = RichText.escape(content(of: node))
      if keepsLineBreaks, !isPreformatted {
        output += withLineBreaks(text, after: output)
      } else {
        output += text
      }
      return
    case XML_ELEMENT_NODE: break
    default: return
    }
    let name = name(of: node)
    guard !dropped.contains(name) else { return }
    let isShown = depth < depthMax
    let tag = isShown ? openingTag(of: node, named: name) : nil
    if let tag { output += tag }
    if !withoutEndTag.contains(name) {
      var child = node.pointee.children
      while let current = child {
        // The tree is as deep as libxml2 allows (256), so this recursion is bounded.
        write(
          current, into: &output, depth: depth + 1, isPreformatted: isPreformatted || name == "pre",
          keepsLineBreaks: keepsLineBreaks)
        child = current.pointee.next
      }
      if tag != nil { output += headings.contains(name) ? "</strong></p>" : "</\(name)>" }
    }
  }

  /// The start tag to write, or nil for an element that is unknown and only passes its children on.
  private static func openingTag(of node: xmlNodePtr, named name: String) -> String? {
    if headings.contains(name) { return "<p><strong>" }
    guard kept.contains(name) else { return nil }
    return "<\(name)\(attributes(of: node, named: name))>"
  }

  private static func attributes(of node: xmlNodePtr, named name: String) -> String {
    switch name {
    case "a":
      guard let address = attribute("href", of: node), let safe = safeAddress(address) else { return "" }
      return " href=\"\(RichText.escape(safe))\" rel=\"nofollow noopener noreferrer\""
    case "td", "th": return number("colspan", of: node) + number("rowspan", of: node)
    case "ol": return number("start", of: node)
    default: return ""
    }
  }

  private static func number(_ attributeName: String, of node: xmlNodePtr) -> String {
    guard let text = attribute(attributeName, of: node), let value = Int(text), (1...9_999).contains(value) else {
      return ""
    }
    return " \(attributeName)=\"\(value)\""
  }

  private static func attribute(_ attributeName: String, of node: xmlNodePtr) -> String? {
    guard let found = xmlHasProp(node, attributeName) else { return nil }
    // Read from the tree itself: xmlGetProp's copy would have to be freed through a global variable.
    var value = ""
    var child = found.pointee.children
    while let current = child {
      value += content(of: current)
      child = current.pointee.next
    }
    return value
  }

  /// The address when it begins with one of `schemes`; browsers skip blanks and controls in a scheme, so those refuse it.
  private static func safeAddress(_ address: String) -> String? {
    var bytes = Array(address.utf8)
    while let first = bytes.first, first <= 0x20 { bytes.removeFirst() }
    while let last = bytes.last, last <= 0x20 { bytes.removeLast() }
    guard bytes.count <= 2_048, !bytes.contains(where: { $0 < 0x20 || $0 == 0x7F }) else { return nil }
    let trimmed = String(decoding: bytes, as: UTF8.self)
    let lowercased = trimmed.lowercased()
    return schemes.contains(where: { lowercased.hasPrefix($0) }) ? trimmed : nil
  }

  /// Line breaks as `<br>`, except beside a tag that breaks the line anyway.
  private static func withLineBreaks(_ text: String, after output: String) -> String {
    guard text.utf8.contains(UInt8(ascii: "\n")) else { return text }
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    // White space between blocks, for example between two list items.
    if lines.allSatisfy({ $0.allSatisfy(\.isWhitespace) }) { return "\n" }
    var result = ""
    for (index, line) in lines.enumerated() {
      if index > 0 {
        let before = result.isEmpty ? output : result
        let isRedundant = before.isEmpty || before.hasSuffix(">") || (index == lines.count - 1 && line.isEmpty)
        result += isRedundant ? "\n" : "<br>\n"
      }
      result += line
    }
    return result
  }

  private static func writeText(_ node: xmlNodePtr, into output: inout String, depth: Int) {
    switch node.pointee.type {
    case XML_TEXT_NODE, XML_CDATA_SECTION_NODE: output += content(of: node)
    case XML_ELEMENT_NODE:
      let name = name(of: node)
      guard !dropped.contains(name) else { return }
      var child = node.pointee.children
      while let current = child {
        writeText(current, into: &output, depth: depth + 1)
        child = current.pointee.next
      }
      if separating.contains(name) { output += " " }
    default: return
    }
  }
}
