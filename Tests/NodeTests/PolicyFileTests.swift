import Testing

@testable import Node

@Suite("Rules of assignment as a file")
struct PolicyFileTests {
  @Test("Numbers and switches become the body of a request, under the names of the API")
  func body() throws {
    let text = "# sooner\nhops_max: 2\nprefers_usual_agent: false\n"
    #expect(
      String(decoding: try PolicyFile.body(text, file: "p.yaml"), as: UTF8.self)
        == #"{"hops_max":2,"prefers_usual_agent":false}"#)
  }

  @Test(
    "What is no list of rules is refused with its place",
    arguments: [
      ("", "p.yaml"), ("- 1\n- 2\n", "p.yaml:1:1"), ("hops_max: many\n", "p.yaml:1:11"),
      ("hops_max: 2\n  bad: [\n", "p.yaml"), ("hops_max: 2\nhand_over_seconds:\n  - 1\n", "p.yaml:3:3"),
    ])
  func refused(_ text: String, _ place: String) {
    let problem = #expect(throws: PolicyFile.Problem.self) { try PolicyFile.body(text, file: "p.yaml") }
    #expect(problem?.description.hasPrefix(place) == true, "\(problem?.description ?? "")")
  }

  @Test("A name that would break out of the body stays a name")
  func escaping() throws {
    let body = try PolicyFile.body(#"'a":1,"b': 2"#, file: "p.yaml")
    #expect(String(decoding: body, as: UTF8.self) == #"{"a\":1,\"b":2}"#)
  }
}
