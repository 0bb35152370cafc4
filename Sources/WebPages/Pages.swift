import Mustache

/// Renders pages and parts of pages to HTML. Pure: the same model gives the same text.
package enum Pages {
  /// A part of a page that live pages fetch alone, with `?fragment=NAME` on the page's own address.
  package enum Fragment: String, Sendable, CaseIterable {
    /// Ticket page: who, where, status.
    case header
    /// Ticket page: conflicts and "changed while you typed".
    case strips
    /// Ticket page and request page: the conversation.
    case thread
    /// Ticket page: the right rail.
    case rail
    /// Ticket page: who looks at it and who writes.
    case presence
    /// Queue: the rows.
    case rows
    /// Queue: the saved views with their counts.
    case views
    /// Status page, and the state of a request.
    case state
    /// Conflicts page, my requests, home: the list.
    case list
  }

  /// The whole document, beginning with `<!doctype html>`.
  package static func html(_ page: any Page, in frame: Frame) -> String {
    render("layout", page, in: frame)
  }

  /// One part of the page, ready to replace the element with the same id; nil when the page has no such part.
  package static func fragment(_ fragment: Fragment, of page: any Page, in frame: Frame) -> String? {
    let name = "\(type(of: page).template)_\(fragment.rawValue)"
    guard library.getTemplate(named: name) != nil else { return nil }
    return render(name, page, in: frame)
  }

  /// Parses every template now, so that the first reader does not wait for it.
  package static func prepare() {
    _ = library
  }

  private static func render(_ template: String, _ page: any Page, in frame: Frame) -> String {
    guard let html = library.render(Rendering(frame: frame, page: page), withTemplate: template) else {
      preconditionFailure("The template “\(template)” is not in TemplateFiles.")
    }
    return html
  }

  /// All templates, parsed once. They are part of the program, so one that cannot be parsed stops it; a test does so first.
  private static let library: MustacheLibrary = {
    var library = MustacheLibrary()
    for (name, bytes) in TemplateFiles.all {
      do {
        try library.register(String(decoding: bytes, as: UTF8.self), named: name)
      } catch {
        preconditionFailure("The template “\(name)” cannot be parsed: \(error)")
      }
    }
    return library
  }()
}
