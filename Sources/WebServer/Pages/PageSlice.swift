import Hummingbird
import Texts
import WebPages

/// The part of a long list that one page shows, as `?from=` says.
struct PageSlice {
  /// How many come before the page.
  let offset: Int
  /// How many it shows at most.
  let size: Int

  /// What cannot be read as a place in a list is its beginning.
  init(_ request: Request, size: Int) {
    let from = request.uri.queryParameters.get("from").flatMap { Int($0) } ?? 0
    self.init(offset: min(max(0, from), 1_000_000), size: size)
  }

  init(offset: Int = 0, size: Int) {
    self.offset = offset
    self.size = size
  }

  func part<Element>(of list: [Element]) -> ArraySlice<Element> { list.dropFirst(offset).prefix(size) }

  /// True when nothing comes after the page.
  func isLast(of count: Int) -> Bool { offset + size >= count }

  /// The ways on and back; nil where all is on one page.
  func pager(of count: Int, path: String, _ wording: Wording) -> Pager? {
    let newer =
      offset > 0
      ? PageLink(
        label: wording.text("pager_newer"), path: offset > size ? "\(path)?from=\(offset - size)" : path) : nil
    let older =
      isLast(of: count) ? nil : PageLink(label: wording.text("pager_older"), path: "\(path)?from=\(offset + size)")
    return newer == nil && older == nil ? nil : Pager(newer: newer, older: older)
  }
}
