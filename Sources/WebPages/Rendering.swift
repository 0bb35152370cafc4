import Mustache
import Texts

/// One page inside its frame, as the templates see it: the page's own values first, then the frame's.
struct Rendering: MustacheParent {
  let frame: Frame
  let page: any Page

  func child(named name: String) -> Any? {
    switch name {
    case "t": frame.wording
    case "template": type(of: page).template
    case "language": frame.wording.language.rawValue
    case "languageLinks": languageLinks
    case "title": page.title(frame.wording)
    case "here": frame.here
    case "reader": shown(frame.reader)
    case "csrf": frame.csrf
    case "address": frame.address
    case "notices": frame.notices
    case "isAgentSide": frame.isAgentSide
    case "takesWork": frame.takesWork == true
    case "restsFromWork": frame.takesWork == false
    case "frameKey": frame.key
    case "isVisitor": frame.audience == .visitor
    case "audience": frame.audience.rawValue
    case "navigation": navigation
    case "sidebar": page is QueuePage ? "queue_views" : Absent.value
    case "topics": page.topics.joined(separator: ",")
    case "stylesheet": Asset.stylesheet.path
    case "script": Asset.script.path
    case "icon": Asset.icon.path
    default: page.child(named: name)
    }
  }

  private var languageLinks: [LanguageLink] {
    Language.allCases.map {
      LanguageLink(code: $0.rawValue, label: $0.ownName, isCurrent: $0 == frame.wording.language)
    }
  }

  private var navigation: [NavigationLink] {
    let places: [Place] =
      switch frame.audience {
      case .visitor: []
      case .employee: [.home, .requests, .newRequest]
      case .agent: [.queue, .offers, .conflicts, .status]
      case .lead: [.queue, .offers, .conflicts, .balance, .hours, .status]
      case .admin: [.queue, .offers, .conflicts, .balance, .hours, .people, .status]
      }
    return places.map { place in
      NavigationLink(
        label: frame.wording.text("nav_" + place.rawValue), path: Self.path(of: place), icon: place.rawValue,
        isCurrent: page.place == place,
        count: Self.count(frame, at: place))
    }
  }

  /// What waits for the reader at a place; nil for nothing.
  private static func count(_ frame: Frame, at place: Place) -> String? {
    let count =
      switch place {
      case .conflicts: frame.conflictCount
      case .offers: frame.offerCount
      default: 0
      }
    return count > 0 ? String(count) : nil
  }

  private static func path(of place: Place) -> String {
    switch place {
    case .home: "/"
    case .requests: "/requests"
    case .newRequest: "/requests/new"
    case .queue: "/queue"
    case .offers: "/offers"
    case .newTicket: "/tickets/new"
    case .conflicts: "/conflicts"
    case .balance: "/balance"
    case .hours: "/hours"
    case .people: "/people"
    case .status: "/ops"
    }
  }
}

/// One entry of the navigation.
struct NavigationLink: MustacheParent {
  let label: String
  let path: String
  let icon: String
  let isCurrent: Bool
  let count: String?

  func child(named name: String) -> Any? {
    switch name {
    case "label": label
    case "path": path
    case "icon": icon
    case "isCurrent": isCurrent
    case "count": shown(count)
    default: nil
    }
  }
}

/// One language of the switch.
struct LanguageLink: MustacheParent {
  let code: String
  let label: String
  let isCurrent: Bool

  func child(named name: String) -> Any? {
    switch name {
    case "code": code
    case "label": label
    case "isCurrent": isCurrent
    default: nil
    }
  }
}
