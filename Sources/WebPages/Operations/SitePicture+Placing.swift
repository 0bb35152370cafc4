extension SitePicture {
  /// A link between two sites, before its place in the picture is known.
  package struct Wire: Sendable {
    /// Code of one end.
    package var from: String

    /// Code of the other end.
    package var to: String

    /// `live`, `slow`, `down` or `unknown`.
    package var code: String

    /// The state in words.
    package var label: String

    /// How many changes wait at `from` and at `to`; "?" when not known, nil when none do.
    package var out: String?
    package var incoming: String?

    /// A link by its two ends, its state and what waits at each end.
    package init(
      from: String, to: String, code: String, label: String, out: String? = nil, incoming: String? = nil
    ) {
      self.from = from
      self.to = to
      self.code = code
      self.label = label
      self.out = out
      self.incoming = incoming
    }
  }

  /// Most sites that are drawn; further ones stay in the table, which has them all.
  package static let sitesMax = 12

  /// Puts this site at the left and the others on an ellipse around the middle, clockwise in the given order.
  ///
  /// Links whose ends are not drawn are left out. Equal input gives an equal picture.
  package static func placing(
    here: SiteChip, others: [SiteChip], links: [Wire], wording: Wording
  ) -> SitePicture {
    let chips = [here] + others.prefix(sitesMax - 1)
    var sites: [PictureSite] = []
    for (index, chip) in chips.enumerated() {
      let direction = directions[chips.count == 1 ? 0 : index * directions.count / chips.count]
      let x = 240 - (chips.count == 1 ? 0 : 116 * direction.cosine / 1000)
      let y = 120 - (chips.count == 1 ? 0 : 74 * direction.sine / 1000)
      let side = chips.count == 1 ? 0 : x < 210 ? -1 : x > 270 ? 1 : 0
      sites.append(
        PictureSite(
          code: chip.code, name: chip.name, tint: chip.tint, isHere: index == 0, x: x, y: y, labelX: x + side * 36,
          labelY: side != 0 ? y + 5 : y < 120 ? y - 34 : y + 44,
          anchor: side < 0 ? "end" : side > 0 ? "start" : "middle"))
    }
    var drawn: [PictureLink] = []
    var spoken: [String] = []
    for link in links {
      guard let start = sites.first(where: { $0.code == link.from }),
        let end = sites.first(where: { $0.code == link.to })
      else { continue }
      drawn.append(
        PictureLink(
          code: link.code, x1: start.x, y1: start.y, x2: end.x, y2: end.y, labelX: (start.x + end.x) / 2,
          labelY: (start.y + end.y) / 2 + 4, label: link.label, outX: place(start.x, end.x),
          outY: place(start.y, end.y) + 4, out: link.out, inX: place(end.x, start.x), inY: place(end.y, start.y) + 4,
          incoming: link.incoming))
      spoken.append(Self.spoken(link, start.name, end.name, wording))
    }
    return SitePicture(
      description: wording.text(
        "picture_description", ["count": String(drawn.count), "links": spoken.joined(separator: "; ")]),
      sites: sites, links: drawn)
  }

  /// A third of the way, just outside the circle of the site that is near.
  private static func place(_ near: Int, _ far: Int) -> Int { near + (far - near) * 27 / 100 }

  /// The link and what waits at its ends, in words.
  private static func spoken(_ link: Wire, _ start: String, _ end: String, _ wording: Wording) -> String {
    var words = "\(start)–\(end) \(link.label)"
    for (count, site) in [(link.out, start), (link.incoming, end)] {
      guard let count else { continue }
      words += ", " + wording.text(count == "?" ? "picture_unknown" : "picture_waits", ["count": count, "site": site])
    }
    return words
  }

  /// Twelve directions of the compass in thousandths, so that no floating point and no Foundation is needed.
  private static let directions: [(cosine: Int, sine: Int)] = [
    (1000, 0), (866, 500), (500, 866), (0, 1000), (-500, 866), (-866, 500), (-1000, 0), (-866, -500), (-500, -866),
    (0, -1000), (500, -866), (866, -500),
  ]
}
