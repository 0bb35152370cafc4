import Mustache

/// The small picture of sites and links on the status page; `SitePicture.placing` computes the places.
package struct SitePicture: MustacheParent, Sendable {
  /// The picture in one sentence, for those who do not see it.
  package var description: String

  /// All known sites, this one first.
  package var sites: [PictureSite]

  /// Links of this node, and of others as far as known.
  package var links: [PictureLink]

  /// Every value the template shows; those with a default may be left out.
  package init(description: String, sites: [PictureSite], links: [PictureLink]) {
    self.description = description
    self.sites = sites
    self.links = links
  }

  package func child(named name: String) -> Any? {
    switch name {
    case "description": description
    case "sites": sites
    case "links": links
    default: nil
    }
  }
}
