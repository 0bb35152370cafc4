import Foundation
import Synchronization

/// People who open tickets at one office without a pause, and a record of every one that was acknowledged.
final class WriteLoad: Sendable {
  private struct Record {
    var subjects: [String: String] = [:]
    var refusals: [String] = []
    var writersAtWork = 0
    var isStopping = false
  }

  private let record = Mutex(Record())

  /// Starts the writers, each on a thread of its own because their requests block.
  init(at office: TestOffice, writers: Int = 8) {
    record.withLock { $0.writersAtWork = writers }
    for writer in 1...writers {
      Thread.detachNewThread { [self] in
        work(office.http(), writer: writer)
        record.withLock { $0.writersAtWork -= 1 }
      }
    }
  }

  private func work(_ http: LoopbackHTTP, writer: Int) {
    var count = 0
    while !record.withLock({ $0.isStopping }) {
      count += 1
      let subject = "Load \(writer)-\(count)"
      do {
        let answer = try http.send(
          "POST", "/api/v1/tickets", json: ["subject": subject, "description": "Written under load."])
        // A node that is stopping may say that it takes no more.
        if answer.status == 503 { continue }
        let ticket = try answer.decode(TicketAnswer.self, status: 201)
        record.withLock { $0.subjects[ticket.number] = ticket.subject }
      } catch let failure as LoopbackHTTP.Failure where failure.description.hasPrefix("the answer was") {
        record.withLock { $0.refusals.append(failure.description) }
        return
      } catch {
        // The node is down or went down meanwhile: nothing was acknowledged, the writer tries again.
        usleep(10_000)
      }
    }
  }

  /// Subjects of the acknowledged tickets by number, as of now.
  var acknowledged: [String: String] { record.withLock { $0.subjects } }

  /// Answers other than 201 and 503; always empty when all is well.
  var refusals: [String] { record.withLock { $0.refusals } }

  /// Stops the writers after the request each has under way, and waits for them.
  func stop() async throws {
    record.withLock { $0.isStopping = true }
    _ = try await eventually("the writers stop", within: .seconds(30)) {
      record.withLock { $0.writersAtWork == 0 } ? true : nil
    }
  }

  /// Waits until this many more tickets than now are acknowledged.
  func grow(by count: Int) async throws {
    let goal = acknowledged.count + count
    _ = try await eventually("\(count) more tickets are acknowledged", within: .seconds(60)) {
      acknowledged.count >= goal || !refusals.isEmpty ? true : nil
    }
  }
}
