import Mustache

/// Something the status page reports, worst first.
package struct OpsFinding: MustacheParent, Sendable {
  /// `warning`, `critical` or `unknown`; chooses the shape.
  package var code: String

  /// The level in words.
  package var level: String

  /// What is wrong and what it means.
  package var message: String

  /// The likely cause.
  package var cause: String?

  /// A command to run, shown in monospace.
  package var action: String?

  /// Path of the runbook inside the documentation.
  package var runbook: String?

  /// Every value the template shows; those with a default may be left out.
  package init(
    code: String, level: String, message: String, cause: String? = nil, action: String? = nil, runbook: String? = nil
  ) {
    self.code = code
    self.level = level
    self.message = message
    self.cause = cause
    self.action = action
    self.runbook = runbook
  }

  package func child(named name: String) -> Any? {
    switch name {
    case "code": code
    case "level": level
    case "message": message
    case "cause": shown(cause)
    case "action": shown(action)
    case "runbook": shown(runbook)
    default: nil
    }
  }
}
