/// One step of `relevo peer test`, as the command prints it and as JSON has it.
struct PeerTestStep: Encodable {
  enum Level: String, Encodable {
    case ok, warning, critical
    /// Could not be tried because an earlier step failed, or does not apply.
    case skipped
  }

  /// `configuration`, `name`, `tcp`, `handshake`, `session`, `clock`, `round_trip`, `throughput`, `stranger`.
  var name: String
  var level: Level
  var found: String
  /// What to do about it; nil when nothing is wrong.
  var action: String?
  /// How long the step took; nil where time means nothing.
  var milliseconds: Double?

  init(_ name: String, _ level: Level, _ found: String, action: String? = nil, milliseconds: Double? = nil) {
    self.name = name
    self.level = level
    self.found = found
    self.action = action
    self.milliseconds = milliseconds
  }
}
