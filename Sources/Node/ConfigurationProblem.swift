/// One thing that is wrong with a configuration, where it stands, and what was probably meant.
package struct ConfigurationProblem: Sendable, Equatable, CustomStringConvertible {
  /// Where the wrong value was written.
  package let place: ConfigurationPlace
  /// The dotted key it is about, such as `http.port`; nil for the file as a whole.
  package let key: String?
  /// What is wrong, why, and what to do: one sentence or two, for an operator.
  package let message: String
  /// The spelling that was probably meant, if one is near.
  package let suggestion: String?

  package init(place: ConfigurationPlace, key: String? = nil, message: String, suggestion: String? = nil) {
    self.place = place
    self.key = key
    self.message = message
    self.suggestion = suggestion
  }

  /// `file:line:column: message (did you mean …?)`, the form that editors can jump to.
  package var description: String {
    let hint = suggestion.map { " (did you mean \($0)?)" } ?? ""
    return "\(place): \(message)\(hint)"
  }
}

/// Where a value or a problem comes from.
package enum ConfigurationPlace: Sendable, Equatable, CustomStringConvertible {
  /// A position in the YAML file; line and column start at 1, columns count Unicode scalars.
  case file(path: String, line: Int, column: Int)
  /// An environment variable, by name.
  case environment(String)
  /// Built into Relevo, or derived from other keys, in which case the text says from which.
  case fallback(String)

  package var description: String {
    switch self {
    case .file(let path, let line, let column): "\(path):\(line):\(column)"
    case .environment(let name): "environment \(name)"
    case .fallback(let reason): reason
    }
  }
}

/// A configuration that cannot be used, with everything that is wrong with it at once.
package struct ConfigurationRefusal: Error, Equatable, CustomStringConvertible {
  /// At least one; in the order of the file, then of the environment.
  package let problems: [ConfigurationProblem]

  package init(problems: [ConfigurationProblem]) {
    self.problems = problems
  }

  /// One line per problem.
  package var description: String {
    problems.map(\.description).joined(separator: "\n")
  }
}
