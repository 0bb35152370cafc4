import Helpdesk
import Texts

extension CommandRefusal {
  /// The refusal in English, for the error files and messages of the command line.
  var sentence: String {
    let key = "refusal.\(name)"
    if Catalogue.embedded.contains(key, language: .english) {
      return Catalogue.embedded.text(key, language: .english, arguments: arguments)
    }
    let details = arguments.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
    return ([name.split(separator: "_").joined(separator: " ")] + details).joined(separator: ", ")
  }
}
