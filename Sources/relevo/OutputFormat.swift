import ArgumentParser

/// How data is printed: for people, or as JSON for programs.
enum OutputFormat: String, ExpressibleByArgument, CaseIterable {
  case text
  case json
}
