/// Stories of people at two or more offices, and what must come of what they do at the same time.
enum Stories {
  /// A title and the story's text.
  static let all: [(title: String, text: String)] = together + apart + machines

  static let together: [(title: String, text: String)] = [
    (
      "A close that did not see the requester's reply stays open, marked for review",
      """
      given MAD-7
      cut MAD LYO; an agent closes MAD-7 at MAD; its requester replies at LYO; heal
      expect MAD-7 open, marked for review, 1 reply
      """
    ),
    (
      "A close that saw the reply closes",
      """
      given MAD-1
      its requester replies "It is the third floor." at LYO
      an agent closes it at MAD
      expect it closed, not marked for review
      """
    ),
    (
      "Two subjects written at once are both kept until somebody decides",
      """
      eva opens "Printer" at MAD as printer
      cut MAD LYO
      ana changes subject of printer to "Printer on the third floor" at MAD
      luc changes subject of printer to "Printer jams" at LYO
      heal
      expect printer conflict on subject between "Printer on the third floor" and "Printer jams"
      ana decides subject of printer is "Printer jams" at MAD
      expect printer no conflict, subject "Printer jams"
      """
    ),
    (
      "Changes of different fields are no conflict",
      """
      given MAD-1
      cut MAD LYO
      ana changes urgency to high at MAD; luc changes category to vpn at LYO
      heal
      expect it no conflict, urgency high, category vpn
      """
    ),
    (
      "Two agents take one ticket: one claim wins everywhere, the other agent is told",
      """
      given MAD-1
      cut MAD LYO
      ana takes it at MAD
      wait 1 minute
      luc takes it at LYO
      expect at LYO it assigned to luc
      heal
      expect it assigned to ana, claim of luc lost
      """
    ),
    (
      "Of two claims the one that has begun to work wins, though it came later",
      """
      given MAD-1
      cut MAD LYO
      ana takes it at MAD
      wait 1 minute
      luc takes it at LYO; luc starts it at LYO
      heal
      expect it assigned to luc, in progress, claim of ana lost
      """
    ),
    (
      "A tag that one removes and another adds at once stays",
      """
      given MAD-1
      ana tags it "urgent" at MAD
      ana tags it "vpn" at MAD
      cut MAD LYO
      ana untags it "vpn" at MAD; luc untags it "urgent" at LYO; luc tags it "lyon" at LYO
      heal
      expect it not tagged "vpn", not tagged "urgent", tagged "lyon"
      cut MAD LYO
      ana untags it "lyon" at MAD
      luc untags it "lyon" at LYO; luc tags it "lyon" at LYO
      heal
      expect it tagged "lyon"
      """
    ),
    (
      "Two agents resolve one ticket at once: it is resolved, and nobody is bothered",
      """
      given MAD-1
      cut MAD LYO
      ana resolves it saying "Toner replaced." at MAD; luc resolves it saying "It prints again." at LYO
      heal
      expect it resolved, no conflict, saying "Toner replaced.", saying "It prints again."
      """
    ),
    (
      "Resolved here and put on hold there: the visible side is shown, and people decide",
      """
      given MAD-1
      cut MAD LYO
      ana resolves it at MAD
      luc waits for supplier at LYO
      heal
      expect it waiting
      """
    ),
  ]

  static let apart: [(title: String, text: String)] = [
    (
      "An edit that saw a value replaces it, though its clock is ten years behind",
      """
      given MAD-1
      set clock MAD 10 years ahead
      ana changes subject to "Written in the future" at MAD
      wait 1 minute
      luc changes subject to "Written now" at LYO
      expect it subject "Written now", no conflict
      set clock MAD right
      ana changes subject to "Written last" at MAD
      expect it subject "Written last", no conflict
      """
    ),
    (
      "Weeks apart, both offices work on, and nothing is lost",
      """
      given MAD-3
      cut MAD LYO
      ana replies "We look at it." to MAD-1 at MAD
      eva opens "Opened in Lyon" at LYO as lyon
      wait 6 weeks
      luc resolves lyon at LYO; ana resolves MAD-2 at MAD; eva replies "Any news?" to MAD-1 at LYO
      expect at MAD 3 tickets
      expect at LYO 4 tickets
      wait 3 weeks
      heal
      expect 4 tickets
      expect lyon resolved, numbered LYO-1
      expect MAD-1 2 replies
      expect the same everywhere
      """
    ),
    (
      "In a chain an operation crosses the office in the middle",
      """
      offices MAD, LYO, BOG in a chain
      eva opens "From one end" at MAD as first
      expect at BOG first open
      cut LYO BOG
      ana closes first at MAD
      expect at LYO first closed
      expect at BOG first open
      luc notes "Seen in Bogotá." on first at BOG
      heal
      expect first closed, 1 note
      expect the same everywhere
      """
    ),
    (
      "Around a hub the hub's absence holds up the others, and its return brings them together",
      """
      offices MAD, LYO, BOG, POR around a hub
      given LYO-1
      stop MAD
      luc takes LYO-1 at LYO
      ana notes "From Bogotá." on LYO-1 at BOG
      expect at POR LYO-1 unassigned, 0 notes
      restart MAD
      expect LYO-1 assigned to luc, 1 note
      """
    ),
    (
      "What passes in one direction only is no session, and heals",
      """
      offices MAD, LYO, BOG in a chain
      given MAD-1
      cut MAD to LYO
      wait 2 minutes
      ana replies "Does anybody hear?" at MAD
      expect at BOG MAD-1 0 replies
      expect 1 operation only at MAD
      heal
      expect MAD-1 1 reply
      expect 0 operations only at MAD
      """
    ),
    (
      "Numbers given apart are never given twice",
      """
      given MAD-1
      cut MAD LYO
      eva opens "One" at MAD as one; eva opens "Two" at LYO as two; eva opens "Three" at LYO as three
      heal
      expect one numbered MAD-2
      expect two numbered LYO-1
      expect three numbered LYO-2
      """
    ),
    (
      "What the ticket does not allow is refused by name, and changes nothing",
      """
      given MAD-1
      eva takes it at MAD, refused as not_allowed
      ana reopens it at MAD, refused as not_closed
      ana closes it at MAD
      ana closes it at LYO, refused as already_closed
      expect it closed
      """
    ),
  ]

  static let machines: [(title: String, text: String)] = [
    (
      "A crash before the acknowledgement loses nothing that was acknowledged",
      """
      given MAD-1
      cut MAD LYO
      ana replies "Acknowledged." at MAD
      crash MAD after 2 changes keeping some
      ana replies "Perhaps lost." at MAD, in vain
      restart MAD
      expect at MAD MAD-1 saying "Acknowledged."
      heal
      expect MAD-1 saying "Acknowledged."
      expect promises kept
      """
    ),
    (
      "Crash after crash, with all that was unsynced lost each time",
      """
      offices MAD, LYO, BOG
      given MAD-1
      ana replies "One." at MAD; crash MAD losing everything; luc replies "Two." at LYO
      restart MAD
      ana replies "Three." at MAD; crash LYO keeping a beginning; kill BOG
      restart LYO; restart BOG
      expect MAD-1 3 replies, saying "One.", saying "Two.", saying "Three."
      """
    ),
    (
      "A full disk refuses by name, and goes on once there is room",
      """
      given MAD-1
      fill disk MAD
      ana replies "No room." at MAD, in vain
      mend disk MAD
      ana replies "Room again." at MAD
      expect MAD-1 1 reply, saying "Room again."
      """
    ),
    (
      "A failed sync is no acknowledgement, and the next write stands on what the disk holds",
      """
      given MAD-1
      fail sync MAD
      ana replies "Not synced." at MAD, in vain
      ana replies "Synced." at MAD
      crash MAD losing everything; restart MAD
      expect MAD-1 1 reply, saying "Synced."
      """
    ),
    (
      "A restored backup gets back what others hold, and writes nothing twice",
      """
      offices MAD, LYO, BOG
      given MAD-2
      back up MAD
      ana replies "After the backup." to MAD-1 at MAD
      eva opens "After the backup too" at MAD as later
      expect later known
      restore MAD
      heal
      expect later known
      expect MAD-1 saying "After the backup."
      wait 2 minutes
      eva opens "After the restore" at MAD as newest
      expect newest known
      expect 4 tickets
      expect promises kept
      """
    ),
    (
      "A disk that goes to work in another machine begins a new stream, and no number is given twice",
      """
      offices MAD, LYO, BOG
      given MAD-2
      move MAD to another machine
      wait 2 minutes
      eva opens "From the new machine" at MAD as moved
      ana replies "Still here." to MAD-1 at MAD
      expect moved known, open
      expect MAD-1 1 reply
      expect 3 tickets
      expect promises kept
      """
    ),
    (
      "Kinds that an older program does not know pass through it and fold in after its upgrade",
      """
      offices MAD, LYO, BOG in a chain
      given MAD-1
      LYO runs an older program
      ana escalates MAD-1 to "Network" at MAD
      expect at BOG MAD-1 queue "Network"
      expect at LYO MAD-1 queue none
      upgrade LYO
      expect MAD-1 queue "Network"
      expect the same everywhere
      """
    ),
    (
      "An office that reads nothing for a while holds up nobody",
      """
      offices MAD, LYO, BOG
      given MAD-1
      freeze LYO
      ana replies "While Lyon sleeps." at MAD
      wait 1 minute
      expect at BOG MAD-1 1 reply
      thaw LYO
      expect MAD-1 1 reply
      """
    ),
  ]
}
