import Hummingbird
import Texts
import WebPages

/// The part of a long list that one page shows, as `?from=` says; a page whose form has a `from` of its own uses another name.
struct PageSlice {
  /// How many come before the page.
  let offset: Int
  /// How many it shows at most.
  let size: Int
  private let parameter: String

  /// What cannot be read as a place in a list is its beginning.
  init(_ request: Request, size: Int, parameter: String = "from") {
    let from = request.uri.queryParameters.get(parameter).flatMap { Int($0) } ?? 0
    self.init(offset: min(max(0, from), 1_000_000), size: size, parameter: parameter)
  }

  init(offset: Int = 0, size: Int, parameter: String = "from") {
    self.offset = offset
    self.size = size
    self.parameter = parameter
  }

  func part<Element>(of list: [Element]) -> ArraySlice<Element> { list.dropFirst(offset).prefix(size) }

  /// True when nothing comes after the page.
  func isLast(of count: Int) -> Bool { offset + size >= count }

  /// The ways on and back; nil where all is on one page. The path may carry parameters of its own.
  func pager(of count: Int, path: String, _ wording: Wording) -> Pager? {
    let separator = path.contains("?") ? "&" : "?"
    func place(_ offset: Int) -> String { offset > 0 ? "\(path)\(separator)\(parameter)=\(offset)" : path }
    let previous = offset > 0 ? PageLink(label: wording.text("pager_previous"), path: place(offset - size)) : nil
    let next = isLast(of: count) ? nil : PageLink(label: wording.text("pager_next"), path: place(offset + size))
    return previous == nil && next == nil ? nil : Pager(previous: previous, next: next)
  }
}
