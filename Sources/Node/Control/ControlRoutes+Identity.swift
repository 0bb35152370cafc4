import Hummingbird
import Store
import WebServer

/// What a person decides about a node that was set back or copied.
extension ControlRoutes {
  func addIdentity(to control: RouterGroup<RelevoRequestContext>) {
    control.post("node/confirm-incarnation") { _, _ in
      let wasDue = try await self.node.store.confirmIncarnation()
      let isBegun = self.node.store.incarnation?.isBegun ?? true
      return try Self.json(["confirmed": wasDue ? "yes" : "no", "begun": isBegun ? "yes" : "no"])
    }
    control.post("node/acknowledge-forks") { _, _ in
      try Self.json(["acknowledged": String(try await self.node.store.acknowledgeForks())])
    }
  }
}
