import Foundation

/// Which file is the configuration, and how its bytes become text.
package enum ConfigurationFile {
  /// Where a packaged installation keeps it.
  package static let standardPath = "/etc/relevo/relevo.yaml"

  /// More than any configuration needs; a longer file is another file by mistake.
  package static let bytesMax = 1 << 20

  /// The path to read: `--config` if given, else `RELEVO_CONFIG` if set and not empty, else `/etc/relevo/relevo.yaml`.
  package static func path(option: String?, environment: [String: String]) -> String {
    if let option { return option }
    if let named = environment["RELEVO_CONFIG"], !named.isEmpty { return named }
    return standardPath
  }

  /// The file's text; throws a refusal that names the file when it cannot be read, is too long or is not UTF-8.
  package static func text(path: String) throws(ConfigurationRefusal) -> String {
    let bytes: Data
    do {
      bytes = try Data(contentsOf: URL(fileURLWithPath: path))
    } catch let error as CocoaError where error.code == .fileReadNoSuchFile {
      throw refusal(
        path: path,
        "there is no such file. Write one with 'relevo config example > \(path)', or name yours with --config FILE.")
    } catch {
      throw refusal(path: path, "it cannot be read: \(error.localizedDescription)")
    }
    guard bytes.count <= bytesMax else {
      throw refusal(
        path: path, "it has \(bytes.count) bytes, and a configuration has at most \(bytesMax). Is it the right file?")
    }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw refusal(path: path, "it is not UTF-8 text. Save it as UTF-8.")
    }
    return text
  }

  /// Reads and checks the configuration of this machine; throws every problem at once.
  package static func load(
    path: String, environment: [String: String]
  ) throws(ConfigurationRefusal) -> NodeConfiguration {
    try read(path: path, environment: environment).checked()
  }

  /// Reads the file and the environment without refusing, so that `config check` and `config show` can tell all.
  package static func read(path: String, environment: [String: String]) -> ConfigurationReading {
    do {
      let text = try text(path: path)
      return ConfigurationReader.read(
        text: text, file: path, environment: environment,
        isReadable: { FileManager.default.isReadableFile(atPath: $0) })
    } catch {
      return ConfigurationReading(configuration: nil, values: [], problems: error.problems)
    }
  }

  private static func refusal(path: String, _ message: String) -> ConfigurationRefusal {
    ConfigurationRefusal(problems: [
      ConfigurationProblem(place: .file(path: path, line: 1, column: 1), message: message)
    ])
  }
}
