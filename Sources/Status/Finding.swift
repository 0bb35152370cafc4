package import Texts

/// A thing somebody should know about this node: what happened, what goes on working, what to do.
///
/// It carries keys and values, no sentences, so that every reader gets it in their language and clock.
package struct Finding: Sendable, Equatable {
  package let kind: FindingKind
  package let level: StatusLevel
  /// Code of the peer it is about; nil when it is about this node.
  package let peer: String?
  /// Last parts of the keys of its sentences, in order (`status.link_down.unreachable`).
  let sentences: [String]
  let arguments: [String: FindingValue]

  init(
    _ kind: FindingKind, _ level: StatusLevel, peer: String? = nil, sentences: [String],
    arguments: [String: FindingValue] = [:]
  ) {
    self.kind = kind
    self.level = level
    self.peer = peer
    self.sentences = sentences
    self.arguments = arguments
  }

  /// What happened and what it means for people's work, as one or two sentences.
  ///
  /// - Parameter usesUTC: writes moments as RFC 3339 instead of "today 14:05", for readers that are programs.
  package func message(_ format: ReaderFormat, usesUTC: Bool = false) -> String {
    let filled = arguments.mapValues { $0.text(format, usesUTC: usesUTC) }
    return sentences.map { format.text(kind.key($0), filled) }.joined(separator: " ")
  }

  /// What to do first: a command, or a short instruction where no command can help.
  package func action(_ format: ReaderFormat) -> String {
    format.text(kind.key("action"), arguments.mapValues { $0.text(format, usesUTC: false) })
  }

  /// Path of the runbook, from the root of the project.
  package var runbook: String { kind.runbook }
}

/// A value inside a finding's sentence, formatted only when the reader is known.
enum FindingValue: Sendable, Equatable {
  case text(String)
  case count(Int64)
  /// Seconds, shown as `18m`.
  case age(Int64)
  case bytes(Int64)
  /// A ratio in hundredths, shown as `1.25`.
  case hundredths(Int64)
  case moment(UTCMoment)
  /// Who stopped a link: a person's name, or a console in the reader's language.
  case who(PauseStatus)

  func text(_ format: ReaderFormat, usesUTC: Bool) -> String {
    switch self {
    case .text(let text): text
    case .count(let count): format.number(count)
    case .age(let seconds): CompactDuration.coarse(seconds: seconds)
    case .bytes(let count): format.bytes(count)
    case .hundredths(let value):
      format.number(value / 100) + format.text("number.decimal_separator") + String(100 + value % 100).dropFirst()
    case .who(let pause): pause.who(format) ?? "?"
    case .moment(let moment): usesUTC ? moment.text : format.moment(moment.milliseconds)
    }
  }
}
