import CMD4C

/// Turns what people write (Markdown, mail HTML, plain sentences) into markup that is safe to show.
///
/// Every path that starts from a person's text ends in the allow-list of `HTMLCleaner`, also the Markdown path: md4c
/// passes `javascript:` links through, so its output is treated as foreign HTML.
package enum RichText {
  /// Longest source that is interpreted, in bytes; anything longer is shown as plain text.
  package static let sourceBytesMax = 512 * 1024

  /// CommonMark with tables, strikethrough and bare links; raw HTML is text; a single line break stays a line break.
  ///
  /// Headings become bold paragraphs, because a message must not disturb the outline of the page around it.
  package static func markdown(_ source: String) -> TrustedHTML {
    guard source.utf8.count <= sourceBytesMax, let rendered = renderMarkdown(source) else {
      return paragraphs(source)
    }
    return HTMLCleaner.cleaned(rendered, keepsLineBreaks: true)
  }

  /// As `markdown(_:)` for UTF-8 bytes; invalid sequences become U+FFFD.
  package static func markdown(_ bytes: some Collection<UInt8>) -> TrustedHTML {
    markdown(String(decoding: bytes, as: UTF8.self))
  }

  /// Foreign HTML (a mail, an import) reduced to the allow-list: no scripts, styles, images, forms or event attributes.
  package static func cleaned(_ html: String) -> TrustedHTML {
    guard html.utf8.count <= sourceBytesMax else { return paragraphs(html) }
    return HTMLCleaner.cleaned(html, keepsLineBreaks: false)
  }

  /// The text exactly as it is, with everything that means something in HTML escaped.
  package static func escaped(_ text: String) -> TrustedHTML {
    TrustedHTML(made: escape(text))
  }

  /// One sentence of ours with `**bold**` marks, everything else escaped.
  ///
  /// Values inside the sentence may contain asterisks of their own: the worst they can do is to be bold.
  package static func sentence(_ text: String) -> TrustedHTML {
    var html = ""
    var isBold = false
    var rest = Substring(text)
    while let mark = rest.range(of: "**") {
      html += escape(String(rest[..<mark.lowerBound]))
      html += isBold ? "</strong>" : "<strong>"
      isBold.toggle()
      rest = rest[mark.upperBound...]
    }
    html += escape(String(rest))
    return TrustedHTML(made: isBold ? html + "</strong>" : html)
  }

  /// What a Markdown text says, on one line and without marks, cut at a word near `charactersMax` with an ellipsis.
  package static func plainText(of source: String, charactersMax: Int = 160) -> String {
    // Enough source for any snippet; a whole novel need not be parsed to show its first line.
    let beginning = String(source.prefix(max(charactersMax, 0) * 4 + 400))
    guard let rendered = renderMarkdown(beginning) else { return shortened(collapsed(beginning), to: charactersMax) }
    return shortened(collapsed(HTMLCleaner.text(of: rendered)), to: charactersMax)
  }

  /// What trusted markup says, on one line and without marks.
  package static func plainText(of trusted: TrustedHTML, charactersMax: Int = 160) -> String {
    shortened(collapsed(HTMLCleaner.text(of: trusted.html)), to: charactersMax)
  }

  /// Text split at blank lines into escaped paragraphs, single line breaks kept.
  package static func paragraphs(_ text: String) -> TrustedHTML {
    var html = ""
    var lines: [String] = []
    func flush() {
      guard !lines.isEmpty else { return }
      html += "<p>" + lines.joined(separator: "<br>") + "</p>"
      lines.removeAll()
    }
    for line in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline) {
      if line.allSatisfy(\.isWhitespace) {
        flush()
      } else {
        lines.append(escape(String(line)))
      }
    }
    flush()
    return TrustedHTML(made: html)
  }

  /// Escapes the five characters that mean something in HTML text or in a quoted attribute, and drops NUL.
  static func escape(_ text: String) -> String {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.utf8.count + 16)
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "&"): bytes.append(contentsOf: "&amp;".utf8)
      case UInt8(ascii: "<"): bytes.append(contentsOf: "&lt;".utf8)
      case UInt8(ascii: ">"): bytes.append(contentsOf: "&gt;".utf8)
      case UInt8(ascii: "\""): bytes.append(contentsOf: "&quot;".utf8)
      case UInt8(ascii: "'"): bytes.append(contentsOf: "&#39;".utf8)
      case 0: continue
      default: bytes.append(byte)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Runs of white space as one blank, none at the ends.
  private static func collapsed(_ text: String) -> String {
    text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
  }

  /// At most `charactersMax` characters, cut after a whole word where one ends in the last third.
  private static func shortened(_ text: String, to charactersMax: Int) -> String {
    guard charactersMax > 0 else { return "" }
    guard text.count > charactersMax else { return text }
    let head = text.prefix(charactersMax - 1)
    let lastBlank = head.lastIndex(of: " ")
    if let lastBlank, head.distance(from: head.startIndex, to: lastBlank) > charactersMax * 2 / 3 {
      return head[..<lastBlank] + "…"
    }
    return head + "…"
  }

  /// md4c's HTML, not yet safe; nil when md4c gives up (it only does when memory is short).
  private static func renderMarkdown(_ source: String) -> String? {
    let flags = UInt32(
      MD_FLAG_NOHTMLBLOCKS | MD_FLAG_NOHTMLSPANS | MD_FLAG_PERMISSIVEURLAUTOLINKS | MD_FLAG_PERMISSIVEEMAILAUTOLINKS
        | MD_FLAG_PERMISSIVEWWWAUTOLINKS | MD_FLAG_TABLES | MD_FLAG_STRIKETHROUGH | MD_FLAG_NOINDENTEDCODEBLOCKS)
    var output: [UInt8] = []
    var input = source
    let result = input.withUTF8 { bytes in
      withUnsafeMutablePointer(to: &output) { collected in
        bytes.withMemoryRebound(to: CChar.self) { characters in
          md_html(
            characters.baseAddress, UInt32(truncatingIfNeeded: characters.count),
            { chunk, size, collected in
              guard let chunk, let collected else { return }
              collected.assumingMemoryBound(to: [UInt8].self).pointee.append(
                contentsOf: UnsafeRawBufferPointer(start: chunk, count: Int(size)))
            }, UnsafeMutableRawPointer(collected), flags, 0)
        }
      }
    }
    return result == 0 ? String(decoding: output, as: UTF8.self) : nil
  }
}

extension Substring {
  /// The first place where `mark` occurs; the standard library has no search without Foundation or regular expressions.
  fileprivate func range(of mark: String) -> Range<Index>? {
    var start = startIndex
    while start < endIndex {
      if self[start...].hasPrefix(mark) { return start..<index(start, offsetBy: mark.count) }
      start = index(after: start)
    }
    return nil
  }
}
