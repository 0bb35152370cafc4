/// The outcome of reading a configuration: what applies and where each value comes from, and what is wrong.
package struct ConfigurationReading: Sendable {
  /// The checked configuration; nil exactly when `problems` is not empty.
  package let configuration: NodeConfiguration?
  /// Every value that applies, in the order of the key table; also those that are wrong.
  package let values: [ConfigurationValue]
  /// Everything that is wrong, in the order of the file, then of the environment.
  package let problems: [ConfigurationProblem]

  /// The configuration, or all problems thrown at once.
  package func checked() throws(ConfigurationRefusal) -> NodeConfiguration {
    guard let configuration else { throw ConfigurationRefusal(problems: problems) }
    return configuration
  }
}

/// One value that applies, and where it comes from.
package struct ConfigurationValue: Sendable, Equatable {
  /// Dotted path; list items carry their index: `replication.neighbours.0.site`.
  package let path: String
  /// As written, or as derived.
  package let text: String
  /// The file's position, the variable, or why it applies unasked.
  package let place: ConfigurationPlace
}
