package import OperationLog

/// Learned handling times per category and site, each with the next coarser one to fall back on.
package struct HandlingTimes: Hashable, Sendable {
  private struct Key: Hashable {
    var category: EntityID?
    var site: EntityID?
  }

  private var estimates: [Key: HandlingTimeEstimate] = [:]

  package init() {}

  /// Takes in a piece of work that has ended, in milliseconds of work.
  package mutating func note(_ milliseconds: Int64, category: EntityID?, site: EntityID) {
    var keys: Set<Key> = [Key(category: nil, site: nil), Key(category: nil, site: site)]
    keys.insert(Key(category: category, site: nil))
    keys.insert(Key(category: category, site: site))
    for key in keys { estimates[key, default: HandlingTimeEstimate()].note(milliseconds) }
  }

  /// Milliseconds for this category at this site; with too few samples those of the category everywhere, then of the
  /// site, then of all work, then the policy's.
  package func milliseconds(
    category: EntityID?, site: EntityID, otherwise fallback: Int64 = AssignmentPolicy.handlingMillisecondsDefault
  ) -> Int64 {
    for key in [
      Key(category: category, site: site), Key(category: category, site: nil), Key(category: nil, site: site),
      Key(category: nil, site: nil),
    ] {
      if let estimate = estimates[key], estimate.count >= HandlingTimeEstimate.samplesMin {
        return estimate.milliseconds
      }
    }
    return fallback
  }
}
