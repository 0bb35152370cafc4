"""Plays the incident log of Volvo IT Belgium through three running nodes, and counts what every node holds at the end.

The log (doi:10.4121/uuid:500573e6-accc-4b0c-9576-aa5468b10cee) is real helpdesk work: 65,533 events of 7,554 incidents in
21 countries. Each country belongs to one of three offices. Every incident is opened through the JSON API of the office
whose team first had it, and every event becomes exactly one write, by the agent the log names and at that agent's office:

  Accepted/In Progress   take; PATCH when the team changes too; reopen when it was resolved; a note when nothing changes
  Accepted/Assigned      assign; a note when the agent has it already
  Accepted/Wait…         PATCH status and reason; when it waits already, a reply (Wait - User) or a note
  Queued                 escalate to the team; assign to nobody when the team has it; PATCH when it was resolved
  Completed/Resolved, Completed/In Call      close (resolved); a note when it is closed
  Completed/Closed, Completed/Cancelled      close for good; a note when it is closed
  Unmatched              note

A write that the office refuses, because another office's change has arrived meanwhile, becomes a note with the same words.
A ticket that has not reached the office yet, because the link is cut, is worked on at the office that has it, as by phone.
Incidents run side by side, each incident's events strictly in order, all of them near the order of the log.
"""

import argparse
import collections
import csv
import gzip
import http.client
import io
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

OFFICES = ["MAD", "LYO", "BOG"]
NAMES = {"MAD": ("Madrid", "Europe/Madrid"), "LYO": ("Lyon", "Europe/Paris"), "BOG": ("Bogotá", "America/Bogota")}
COUNTRIES = {
    "MAD": "SE PL RU TR CZ DK RO ZA ES ZZ",
    "LYO": "FR BE NL DE GB AT IT IN JP KR CN",
    "BOG": "US BR CA CL PE AR AU MY TH ID SG",
}
OFFICE_OF = {country: office for office, countries in COUNTRIES.items() for country in countries.split()}
COUNTRY_NAMES = {
    "FRANCE": "FR", "SWEDEN": "SE", "BELGIUM": "BE", "NETHERLANDS": "NL", "POLAND": "PL", "BRAZIL": "BR",
    "SPAIN": "ES", "USA": "US", "INDIA": "IN", "UNITED KINGDOM": "GB", "CHINA": "CN", "GERMANY": "DE",
    "DENMARK": "DK", "AUSTRALIA": "AU", "THAILAND": "TH", "KOREA": "KR", "JAPAN": "JP", "CANADA": "CA",
    "MALAYSIA": "MY", "CZECH REPUBLIC": "CZ", "RUSSIAN FEDERATION": "RU", "AUSTRIA": "AT", "SOUTH AFRICA": "ZA",
    "CHILE": "CL", "ITALY": "IT", "ARGENTINA": "AR", "INDONESIA": "ID", "TURKEY": "TR", "SINGAPORE": "SG",
    "ROMANIA": "RO", "PERU": "PE",
}
# The log's names were written as ISO 8859-1 and read as Mac OS Roman.
LETTERS = str.maketrans("≈Â‰ˆÈÌ¸·Î", "Ååäöéíüáë")
WAITING = {"Wait - User": "requester", "Wait - Vendor": "supplier", "Wait - Implementation": "window"}
LEVELS = {"L1": 1, "L2": 2, "L2/L3": 2, "L3": 3}
TAG = "replay"
AUTOMATIC = "assigned_automatically"
# Further than this no event is played before the earliest one that is not done.
WINDOW = 400
# So many events are still played while a cut, a heal or a kill is being carried out.
SLACK = 30

Event = collections.namedtuple("Event", "incident number at status sub team level impact product home office agent text")


class Failure(Exception):
    """Something that ends the replay; its text says what and why."""


# --- The log ---------------------------------------------------------------------------------------------------------


def country_code(text):
    """The log's code or name of a country as a code; None for its "0"."""
    upper = text.strip().upper()
    if upper in ("", "0"):
        return None
    return COUNTRY_NAMES.get(upper, upper)


def email_of(pseudonym, country):
    """The address the importer gives the same person."""
    name = pseudonym.translate(LETTERS).lower().replace(" ", ".")
    local = "".join(c for c in name if c.isalnum() or c in ".-_")
    if not any(c.isalnum() for c in local):
        local = "nameless"
    return f"{local}.{country.lower()}@volvo-it.example"


def read_log(path):
    """Incidents in the order of the log, each a list of events in order."""
    opener = gzip.open if path.endswith(".gz") else open
    incidents = collections.OrderedDict()
    with opener(path, "rb") as file:
        for row in csv.DictReader(io.TextIOWrapper(file, encoding="utf-8-sig", newline="")):
            incidents.setdefault(row["SR Number"], []).append(row)
    return [[event_of(row, index + 1) for index, row in enumerate(rows)] for rows in incidents.values()]


def event_of(row, number):
    country = country_code(row["Country"])
    owner_country = country_code(row["Owner Country"]) or country or "ZZ"
    home = OFFICE_OF.get(country or owner_country, "MAD")
    office = OFFICE_OF.get(owner_country, "MAD")
    is_system = row["Owner First Name"] == "Siebel"
    agent = f"siebel.{office.lower()}@volvo-it.example" if is_system else email_of(row["Owner First Name"], owner_country)
    status, sub = row["Status"], row["Sub Status"]
    what = status if sub in ("", status) else f"{status} – {sub}"
    return Event(
        row["SR Number"], number, row["Change Date+Time"], status, sub, row["Involved ST"], row["ST Level"],
        row["SR Latest Impact"].lower(), row["Product"], home, office, agent,
        f"#{number} {what} ({row['Involved ST']}, {row['ST Level']})")


# --- Nodes -----------------------------------------------------------------------------------------------------------


def free_ports(count):
    """Ports nobody listens on at present."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]
    finally:
        for each in sockets:
            each.close()


class Node:
    """One office's node: its configuration, its process and its command line."""

    def __init__(self, site, directory, relevo, http_port, ports):
        self.site, self.relevo, self.port = site, relevo, http_port
        self.directory = os.path.join(directory, site)
        self.config = os.path.join(directory, f"{site}.yaml")
        self.log = os.path.join(directory, f"{site}.log")
        self.process = None
        os.mkdir(self.directory, 0o700)
        lines = [
            f"site: {site}", f"data_directory: {self.directory}", "http:", "  host: 127.0.0.1", f"  port: {http_port}",
            f"  public_url: http://127.0.0.1:{http_port}", "replication:", f"  bind: tcp://127.0.0.1:{ports[site]}",
            f"  advertise: tcp://127.0.0.1:{ports[site]}", "  neighbours:",
        ]
        for other in OFFICES:
            if other != site:
                lines += [f"    - site: {other}", f"      address: tcp://127.0.0.1:{ports[other]}"]
        lines += ["log:", "  level: warning", "  format: text"]
        with open(self.config, "w", encoding="utf-8") as file:
            file.write("\n".join(lines) + "\n")

    def run(self, *arguments, stdin=None, codes=(0,)):
        """Runs a command of this office and returns what it printed."""
        done = subprocess.run(
            [self.relevo, "--config", self.config, *arguments], input=stdin, capture_output=True, text=True, timeout=180)
        if done.returncode not in codes:
            raise Failure(f"{self.site}: relevo {' '.join(arguments)} ended with {done.returncode}: {done.stderr.strip()}")
        return done.stdout

    def start(self):
        """Starts the node and returns the seconds until it was ready."""
        begun = time.monotonic()
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                [self.relevo, "--config", self.config, "serve"], stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        while time.monotonic() - begun < 60:
            if self.process.poll() is not None:
                raise Failure(f"{self.site} ended with {self.process.returncode} while starting; see {self.log}")
            try:
                connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=2)
                connection.request("GET", "/readyz")
                if connection.getresponse().status == 200:
                    return time.monotonic() - begun
            except OSError:
                pass  # Not listening yet.
            finally:
                connection.close()
            time.sleep(0.05)
        raise Failure(f"{self.site} was not ready within 60 s; see {self.log}")

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self):
        """Stops the node as a service manager does; None when it ended as it should, else what it did."""
        if self.process is None or self.process.poll() is not None:
            return None if self.process is None else f"{self.site} ended early with {self.process.returncode}"
        self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(timeout=60)
            return None if code == 0 else f"{self.site} ended with {code} after SIGTERM"
        except subprocess.TimeoutExpired:
            self.process.kill()
            return f"{self.site} did not stop within 60 s of SIGTERM"


class Client:
    """One thread's connections to the nodes' APIs."""

    def __init__(self, nodes):
        self.nodes = nodes
        self.connections = {}

    def ask(self, office, method, path, token, body=None, key=None, match=None, patience=60):
        """Sends a request until it is answered; returns status and decoded body.

        A repetition carries the same key, so that a write whose answer was lost is not done twice.
        """
        headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
        data = None
        if body is not None:
            data = json.dumps(body, ensure_ascii=False).encode()
            headers["Content-Type"] = "application/json"
        if key:
            headers["Idempotency-Key"] = key
        if match:
            headers["If-Match"] = match
        deadline = time.monotonic() + patience
        while True:
            try:
                status, answer = self.once(office, method, path, data, headers)
            except (OSError, http.client.HTTPException) as error:
                self.connections.pop(office, None)
                if time.monotonic() > deadline:
                    raise Failure(f"{office} did not answer {method} {path} within {patience} s: {error!r}") from error
                time.sleep(0.1)
                continue
            if status not in (429, 503) or time.monotonic() > deadline:
                return status, json.loads(answer) if answer else None
            time.sleep(0.1)

    def once(self, office, method, path, data, headers):
        connection = self.connections.get(office)
        if connection is None:
            connection = http.client.HTTPConnection("127.0.0.1", self.nodes[office].port, timeout=30)
            connection.connect()
            connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.connections[office] = connection
        connection.request(method, path, data, headers)
        response = connection.getresponse()
        return response.status, response.read()


def in_threads(count, items, work):
    """Does `work(client-maker index, item)` for every item on `count` threads; raises the first failure."""
    waiting = collections.deque(items)
    failures = []

    def loop(index):
        while not failures:
            try:
                item = waiting.popleft()
            except IndexError:
                return
            try:
                work(index, item)
            except Exception as error:  # Told to the caller below.
                failures.append(error)

    threads = [threading.Thread(target=loop, args=(index,), daemon=True) for index in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]


# --- Setting up ------------------------------------------------------------------------------------------------------


def say(text):
    print(text, file=sys.stderr, flush=True)


def found_cluster(directory, relevo, nodes):
    """Puts three nodes of one cluster into `nodes`, running and synchronised; the caller stops them, whatever happens."""
    numbers = free_ports(6)
    ports = dict(zip(OFFICES, numbers[3:]))
    nodes.update({site: Node(site, directory, relevo, numbers[index], ports) for index, site in enumerate(OFFICES)})
    central = nodes["MAD"]
    central.run("cluster", "init", "--site", "MAD", "--name", "Madrid", "--time-zone", "Europe/Madrid")
    central.start()
    for site in OFFICES[1:]:
        name, zone = NAMES[site]
        token = central.run("cluster", "invite", "--site", site, "--name", name, "--time-zone", zone)
        nodes[site].run("join", stdin=token)
        nodes[site].start()
    for node in nodes.values():
        # 1 and 2 are warnings of a young cluster, such as a missing backup.
        node.run("status", "--wait-synced", "60s", "--format", "json", codes=(0, 1, 2))


class World:
    """The cluster with its people, their tokens, and what has been written."""

    def __init__(self, nodes, clients):
        self.nodes = nodes
        self.clients = [Client(nodes) for _ in range(clients)]
        self.tokens = {}
        self.admin = None

    def need(self, status, answer, wanted, what):
        if status not in wanted:
            raise Failure(f"{what} was answered {status}: {json.dumps(answer, ensure_ascii=False)}")
        return answer

    def set_up(self, incidents, available):
        """Creates teams, requesters and agents at Madrid, and waits until every office knows them."""
        central = self.nodes["MAD"]
        central.run("user", "add", "replay-admin@relevo.example", "--name", "Replay", "--role", "admin", "--site", "MAD")
        self.admin = central.run("token", "create", "replay-admin@relevo.example", "--name", TAG).strip()
        events = [event for incident in incidents for event in incident]
        teams = {event.team: LEVELS.get(event.level, 1) for event in reversed(events)}
        people = {f"office-{site.lower()}@volvo-it.example": ("employee", site) for site in OFFICES}
        for event in reversed(events):
            people[event.agent] = ("agent", event.office)
        say(f"Teams: {len(teams)}, agents: {len(people) - len(OFFICES)} …")
        in_threads(len(self.clients), teams.items(), self.add_team)
        free = collections.Counter()
        work = []
        for email, (role, site) in sorted(people.items()):
            free[site] += role == "agent"
            work.append((email, role, site, role == "agent" and free[site] <= available))
        in_threads(len(self.clients), work, self.add_person)
        for node in self.nodes.values():
            node.run("status", "--wait-synced", "60s", "--format", "json", codes=(0, 1, 2))

    def add_team(self, index, item):
        name, level = item
        key = f"team/{name.replace(' ', '_')}"
        answer = self.clients[index].ask(
            "MAD", "POST", "/api/v1/queues", self.admin, {"name": name, "level": level}, key)
        self.need(*answer, (201,), f"team {name}")

    def add_person(self, index, item):
        email, role, site, is_free = item
        client = self.clients[index]
        body = {"email": email, "name": email.split("@")[0], "role": role, "site": site, "language": "en"}
        self.need(*client.ask("MAD", "POST", "/api/v1/users", self.admin, body), (201,), f"user {email}")
        if role == "agent" and not is_free:
            # Only a few take work by themselves, so that the log stays the story that is told.
            path = f"/api/v1/users/{http_path(email)}"
            answer = client.ask("MAD", "PATCH", path, self.admin, {"available": False}, match="*")
            self.need(*answer, (200,), f"user {email}")
        answer = client.ask("MAD", "POST", "/api/v1/tokens", self.admin, {"person": email, "name": TAG})
        self.tokens[email] = self.need(*answer, (201,), f"token of {email}")["secret"]


def http_path(text):
    return "".join(c if re.match(r"[A-Za-z0-9._~-]", c) else "".join(f"%{b:02X}" for b in c.encode()) for c in text)


# --- Playing ---------------------------------------------------------------------------------------------------------


class Ticket:
    """An incident's ticket as its client knows it."""

    def __init__(self):
        self.id = None
        self.office = None
        self.status, self.reason, self.team, self.assignee = "open", None, None, None
        # Acknowledged steps: (what the history calls it, who).
        self.written = collections.Counter()
        # Words that must be found again.
        self.words = []


class Links:
    """The three links between the offices: cut, healed, and asked about."""

    def __init__(self, nodes):
        self.nodes = nodes
        self.cuts = 0
        # The most operations seen waiting for a cut link, and the most conflicts open at once.
        self.waited = self.conflicts = 0
        self.down = set()
        self.lock = threading.Lock()

    def cut(self, links):
        for first, second in links:
            self.both("pause", first, second)
            with self.lock:
                self.down.add(frozenset((first, second)))
                self.cuts += 1

    def heal(self):
        with self.lock:
            links = sorted(tuple(sorted(link)) for link in self.down)
        if links:
            self.look()
        for first, second in links:
            self.both("resume", first, second)
            with self.lock:
                self.down.discard(frozenset((first, second)))

    def look(self):
        """Notes what waits and what is disputed at present."""
        for node in self.nodes.values():
            # In every format, 1 and 2 are warnings: of the link that is cut, for one.
            state = json.loads(node.run("status", "--format", "json", codes=(0, 1, 2)))
            self.conflicts = max(self.conflicts, state["conflicts_open"] or 0)
            for peer in state["peers"]:
                if frozenset((node.site, peer["site"])) in self.down:
                    self.waited = max(self.waited, peer["out_operations"] or 0)

    def both(self, action, first, second):
        self.nodes[first].run("peer", action, second)
        self.nodes[second].run("peer", action, first)

    def is_isolated(self, office):
        """True when no link leads to the office at present: what is not there will not come soon."""
        with self.lock:
            return sum(office in link for link in self.down) == len(OFFICES) - 1


class Player:
    """Plays the events in order on several threads."""

    def __init__(self, world, links, incidents):
        self.world, self.links = world, links
        self.tickets = {incident[0].incident: Ticket() for incident in incidents}
        order = sorted(
            (event.at, index, event.number, event) for index, incident in enumerate(incidents) for event in incident)
        self.events = [entry[3] for entry in order]
        self.positions = {(event.incident, event.number): place for place, event in enumerate(self.events)}
        self.done = 0
        # No event from here on is played yet: the next cut, heal or kill comes first.
        self.gate = len(self.events)
        # Open conflicts of each node at the end.
        self.conflicts = [0]
        self.noted_instead = 0
        self.by_phone = 0
        self.failure = None
        self.condition = threading.Condition()
        threads = len(world.clients)
        self.shares = [[] for _ in range(threads)]
        place = {incident[0].incident: index % threads for index, incident in enumerate(incidents)}
        for event in self.events:
            self.shares[place[event.incident]].append(event)
        # Where in the log each thread is; none may run far ahead of the others.
        self.next = [
            self.positions[(share[0].incident, share[0].number)] if share else len(self.events)
            for share in self.shares]

    def run(self):
        threads = [threading.Thread(target=self.play, args=(index,), daemon=True) for index in range(len(self.shares))]
        for thread in threads:
            thread.start()
        return threads

    def open_until(self, place):
        """Lets the threads play up to this place of the log."""
        with self.condition:
            self.gate = place
            self.condition.notify_all()

    def play(self, index):
        client = self.world.clients[index]
        share = self.shares[index]
        try:
            for number, event in enumerate(share):
                place = self.positions[(event.incident, event.number)]
                with self.condition:
                    self.next[index] = place
                    self.condition.notify_all()
                    self.condition.wait_for(
                        lambda: self.failure or (place < self.gate and place - min(self.next) < WINDOW))
                    if self.failure:
                        return
                self.perform(client, event)
                with self.condition:
                    self.done += 1
        except Exception as error:  # The main thread tells it.
            with self.condition:
                self.failure = self.failure or error
        finally:
            with self.condition:
                self.next[index] = len(self.events)
                self.condition.notify_all()

    # One event

    def perform(self, client, event):
        ticket = self.tickets[event.incident]
        if ticket.id is None:
            self.open(client, event, ticket)
        office = self.office_for(client, event, ticket)
        method, action, body, what, after = self.write_for(event, ticket)
        key = f"{TAG}/{event.incident}/{event.number}"
        path = f"/api/v1/tickets/{ticket.id}{action}"
        token = self.world.tokens[event.agent]
        status, answer = client.ask(office, method, path, token, body, key, match="*" if method == "PATCH" else None)
        if status in (409, 412, 422):
            with self.condition:
                self.noted_instead += 1
            what, after = "noted", {}
            path = f"/api/v1/tickets/{ticket.id}/replies"
            body = {"body": event.text, "visibility": "internal"}
            status, answer = client.ask(office, "POST", path, token, body, key + "/note")
        self.world.need(status, answer, (200, 201), f"{event.incident} {event.text} at {office}")
        ticket.office = office
        ticket.written[(what, event.agent)] += 1
        for name in ("body", "reason", "resolution"):
            if name in (body or {}):
                ticket.words.append(body[name])
        for name, value in after.items():
            setattr(ticket, name, value)

    def open(self, client, event, ticket):
        requester = f"office-{event.home.lower()}@volvo-it.example"
        body = {
            "subject": f"{event.product} · incident {event.incident}", "impact": event.impact, "tags": [TAG],
            "description": f"Incident {event.incident}, first handled by team {event.team}.",
        }
        answer = client.ask(
            event.home, "POST", "/api/v1/tickets", self.world.tokens[requester], body, f"{TAG}/{event.incident}")
        ticket.id = self.world.need(*answer, (201,), f"opening {event.incident}")["id"]
        ticket.office = event.home
        ticket.written[("opened", requester)] += 1

    def office_for(self, client, event, ticket):
        """The event's own office once the ticket has reached it, else the office that has it."""
        if event.office == ticket.office:
            return event.office
        token = self.world.tokens[event.agent]
        deadline = time.monotonic() + 2
        while True:
            status, _ = client.ask(event.office, "GET", f"/api/v1/tickets/{ticket.id}", token)
            if status == 200:
                return event.office
            if status != 404:
                raise Failure(f"{event.office} answered {status} when asked for {event.incident}")
            if self.links.is_isolated(event.office) or self.links.is_isolated(ticket.office) or time.monotonic() > deadline:
                with self.condition:
                    self.by_phone += 1
                return ticket.office
            time.sleep(0.02)

    def write_for(self, event, ticket):
        """Method, path, body, the step's name in the history, and what the ticket is afterwards."""
        note = ("POST", "/replies", {"body": event.text, "visibility": "internal"}, "noted", {})
        ended = ticket.status in ("resolved", "closed")
        if event.status == "Queued":
            return self.queued(event, ticket, note, ended)
        if event.status == "Completed":
            if ticket.status == "closed":
                return note
            final = event.sub in ("Closed", "Cancelled")
            body = {"resolution": event.text, "final": final}
            return "POST", "/close", body, "closed", {"status": "closed" if final else "resolved", "reason": None}
        if event.status != "Accepted":
            return note
        if event.sub.startswith("Wait"):
            return self.waiting(event, ticket, note)
        if event.sub == "Assigned":
            if ticket.assignee == event.agent:
                return note
            return "POST", "/assign", {"to": event.agent}, "assigned", {"assignee": event.agent}
        if ended:
            return "POST", "/reopen", {"reason": event.text}, "reopened", {"status": "open", "reason": None}
        if ticket.team != event.team or ticket.status != "open":
            return self.patch({"status": "open", "queue": event.team, "assignee": event.agent})
        if ticket.assignee != event.agent:
            return "POST", "/take", None, "taken", {"assignee": event.agent}
        return note

    def queued(self, event, ticket, note, ended):
        if ended:
            return self.patch({"status": "open", "queue": event.team, "assignee": None})
        if ticket.team != event.team:
            body = {"to": event.team, "reason": event.text}
            return "POST", "/escalate", body, "escalated", {"team": event.team, "assignee": None}
        if ticket.assignee is not None:
            return "POST", "/assign", {"to": None}, "assigned", {"assignee": None}
        return note

    def waiting(self, event, ticket, note):
        reason = WAITING.get(event.sub, "colleague")
        if (ticket.status, ticket.reason, ticket.assignee) == ("waiting", reason, event.agent):
            if reason == "requester":
                return "POST", "/replies", {"body": event.text, "visibility": "public"}, "replied", {}
            return note
        return self.patch(
            {"status": "waiting", "waiting_reason": reason, "queue": event.team, "assignee": event.agent})

    def patch(self, body):
        after = {
            "status": body["status"], "reason": body.get("waiting_reason"), "team": body["queue"],
            "assignee": body["assignee"],
        }
        return "PATCH", "", body, "edited", after


def drive(player, links, nodes, cuts, kills):
    """Cuts, heals and kills while the events are played; returns how long each killed node took to be ready again."""
    total = len(player.events)
    plan = disturbances(total, cuts, kills)
    player.open_until(plan[0][0] + SLACK if plan else total)
    threads = player.run()
    starts = []
    shown = 0.0
    while any(thread.is_alive() for thread in threads):
        time.sleep(0.05)
        with player.condition:
            done, failure = player.done, player.failure
        if failure:
            raise failure
        while plan and done >= plan[0][0]:
            _, action, argument = plan.pop(0)
            if action == "cut":
                links.cut(argument)
            elif action == "heal":
                links.heal()
            else:
                nodes[argument].kill()
                starts.append(nodes[argument].start())
            player.open_until(plan[0][0] + SLACK if plan else total)
        if time.monotonic() - shown > 5:
            shown = time.monotonic()
            links.look()
            down = ", ".join("–".join(sorted(link)) for link in links.down) or "none"
            say(f"  {done * 100 // max(1, total):3d} %  {done:,} of {total:,} events   links down: {down}")
    if player.failure:
        raise player.failure
    return starts


def disturbances(total, cuts, kills):
    """(events done, action, argument) in order: the cuts spread over the run, each healed before the next."""
    pairs = [("MAD", "LYO"), ("MAD", "BOG"), ("LYO", "BOG")]
    plan = []
    for index in range(cuts):
        begin = total * (2 * index + 1) // (2 * cuts + 1)
        end = total * (2 * index + 2) // (2 * cuts + 1)
        office = OFFICES[index % 3]
        # By turns one link, where the third office forwards, and a whole office.
        links = [pairs[index % 3]] if index % 2 else [pair for pair in pairs if office in pair]
        plan += [(begin, "cut", links), (end, "heal", None)]
    for index in range(kills):
        plan.append((total * (index + 1) // (kills + 1), "kill", OFFICES[index % 3]))
    return sorted(plan, key=lambda entry: entry[0])


# --- Comparing -------------------------------------------------------------------------------------------------------


def wait_for_equal_digests(world, seconds):
    """Each node's state digest, once all are equal and everything has arrived; the last ones seen at the deadline."""
    client = world.clients[0]
    deadline = time.monotonic() + seconds
    calm = 0
    while True:
        states = {}
        for site in OFFICES:
            states[site] = world.need(*client.ask(site, "GET", "/api/v1/status", world.admin), (200,), f"status of {site}")
        digests = {site: state["state_digest"] for site, state in states.items()}
        heads = [state["heads"] for state in states.values()]
        same = len(set(digests.values())) == 1 and all(head == heads[0] for head in heads)
        # Twice in a row, so that automatic assignment has come to rest as well.
        calm = calm + 1 if same else 0
        if calm == 2 or time.monotonic() > deadline:
            return digests, states, calm == 2
        time.sleep(0.5)


def held_tickets(world, site):
    """Identifiers of the replayed tickets a node lists."""
    found, after = set(), None
    while True:
        path = f"/api/v1/tickets?q=tag:{TAG}%20is:any&limit=200" + (f"&after={http_path(after)}" if after else "")
        page = world.need(*world.clients[0].ask(site, "GET", path, world.admin), (200,), f"list of {site}")
        found.update(ticket["id"] for ticket in page["items"])
        after = page["next"]
        if after is None:
            return found


class Count:
    """What one node holds of what was written."""

    def __init__(self):
        self.tickets = self.openings = self.steps = self.automatic = self.lost = self.unexpected = 0
        self.lock = threading.Lock()

    def add(self, ticket, history):
        found = collections.Counter()
        texts = collections.Counter()
        automatic = 0
        for step in history:
            if step["what"] == AUTOMATIC:
                automatic += 1
                continue
            found[(step["what"], step["who"]["email"] if step["who"] else None)] += 1
            if step.get("text"):
                texts[step["text"]] += 1
        missing = ticket.written - found
        missing_words = collections.Counter(ticket.words) - texts
        with self.lock:
            self.openings += found[next(key for key in ticket.written if key[0] == "opened")]
            self.steps += sum(count for (what, _), count in found.items() if what != "opened")
            self.automatic += automatic
            self.lost += max(sum(missing.values()), sum(missing_words.values()))
            self.unexpected += sum((found - ticket.written).values())


def count_at(world, site, tickets):
    """Reads every ticket's history at one node and compares it with the acknowledged writes."""
    count = Count()
    count.tickets = len(held_tickets(world, site))

    def read(index, ticket):
        path = f"/api/v1/tickets/{ticket.id}/history"
        status, answer = world.clients[index].ask(site, "GET", path, world.admin)
        if status == 404:
            with count.lock:
                count.lost += sum(ticket.written.values())
            return
        count.add(ticket, world.need(status, answer, (200,), f"history of {ticket.id} at {site}")["items"])

    in_threads(len(world.clients), tickets, read)
    return count


def report(player, links, digests, are_equal, counts, kills, seconds, problems):
    """Prints the table; returns the verdict and the same as a dictionary."""
    tickets = len(player.tickets)
    events = len(player.events)
    acknowledged = sum(sum(ticket.written.values()) for ticket in player.tickets.values())
    lost = max(count.lost for count in counts.values())
    whole = all(
        count.tickets == tickets and count.steps == events and count.openings == tickets and count.unexpected == 0
        for count in counts.values())
    is_good = whole and lost == 0 and are_equal and not problems

    def each(value):
        return "   ".join(f"{site} {value(count):,}" for site, count in counts.items())

    print(f"incidents              {tickets:,} in the log   {each(lambda c: c.tickets)}")
    print(f"history steps          {events:,} in the log   {each(lambda c: c.steps)}   (and one opening each)")
    print(f"automatic steps apart  {each(lambda c: c.automatic)}")
    print(f"links cut              {links.cuts} times, all healed; up to {links.waited:,} operations waited for one")
    if kills:
        print(f"nodes killed           {len(kills)} times (kill -9), ready again after {max(kills):.1f} s at most")
    print(f"writes acknowledged    {acknowledged:,}, lost {lost:,}")
    print(
        f"written otherwise      {player.noted_instead:,} refused and noted instead, "
        f"{player.by_phone:,} done at the office that had the ticket")
    most = max(links.conflicts, *player.conflicts)
    print(f"conflicts open         {max(player.conflicts):,} at the end, {most:,} at most on the way")
    if are_equal:
        print(f"digests                equal: {next(iter(digests.values()))}")
    else:
        print("digests                " + "   ".join(f"{site} {digest}" for site, digest in digests.items()))
    print(f"took                   {seconds:,.0f} s, {acknowledged / max(seconds, 0.001):,.0f} writes a second")
    for problem in problems:
        print(f"problem                {problem}")
    print("all is there, everywhere" if is_good else "NOT all is as it should be")
    result = {
        "incidents": tickets, "events": events, "acknowledged": acknowledged, "lost": lost, "links_cut": links.cuts,
        "waited_operations": links.waited, "conflicts_most": links.conflicts,
        "kills": len(kills), "digests_equal": are_equal, "noted_instead": player.noted_instead, "by_phone": player.by_phone,
        "seconds": round(seconds, 1), "good": is_good, "problems": problems,
        "nodes": {
            site: {
                "incidents": c.tickets, "openings": c.openings, "steps": c.steps, "automatic": c.automatic,
                "lost": c.lost, "unexpected": c.unexpected,
            } for site, c in counts.items()
        },
    }
    return is_good, result


# --- The whole -------------------------------------------------------------------------------------------------------


def arguments():
    root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    parser = argparse.ArgumentParser(
        prog="scripts/replay-incidents", formatter_class=argparse.RawDescriptionHelpFormatter, description=__doc__,
        epilog="Exit code 0 when every node holds every acknowledged write and all digests are equal, 1 otherwise.")
    default = os.environ.get("RELEVO_INCIDENTS") or os.path.join(
        os.path.dirname(root), "shared", "data", "volvo-it-incidents.csv.gz")
    parser.add_argument("--file", default=default, help="the log, CSV or gzipped (default: $RELEVO_INCIDENTS)")
    parser.add_argument("--relevo", default=os.path.join(root, ".build", "release", "relevo"),
                        help="the program to test (default: the release build, made first)")
    parser.add_argument("--limit", type=int, help="only this many incidents, evenly spread over the log")
    parser.add_argument("--clients", type=int, default=16, help="parallel clients (default 16)")
    parser.add_argument("--cuts", type=int, default=8, help="times links are cut on the way (default 8)")
    parser.add_argument("--kills", type=int, default=0, help="times a node is killed with kill -9 under load (default 0)")
    parser.add_argument("--available", type=int, default=3,
                        help="agents per office who also get work automatically (default 3)")
    parser.add_argument("--deadline", type=int, default=180, help="seconds for the digests to become equal (default 180)")
    parser.add_argument("--json", metavar="FILE", help="write the figures to this file too")
    parser.add_argument("--keep", metavar="DIRECTORY", help="keep the three nodes' data and logs in this new directory")
    return parser.parse_args()


def main():
    options = arguments()
    if not os.path.isfile(options.file):
        say(f"The incident log is not at {options.file}. Name it with --file, or RELEVO_INCIDENTS; it is published as "
            "doi:10.4121/uuid:500573e6-accc-4b0c-9576-aa5468b10cee.")
        return 2
    if options.keep:
        os.makedirs(options.keep, exist_ok=False)
    directory = os.path.abspath(options.keep) if options.keep else tempfile.mkdtemp(prefix="relevo-replay-")
    nodes = {}
    try:
        return replay(options, directory, nodes)
    except Failure as failure:
        say(f"replay-incidents: {failure}")
        return 1
    finally:
        for node in nodes.values():
            node.stop()
        if not options.keep:
            shutil.rmtree(directory, ignore_errors=True)


def replay(options, directory, nodes):
    incidents = read_log(options.file)
    if options.limit and options.limit < len(incidents):
        incidents = [incidents[index * len(incidents) // options.limit] for index in range(options.limit)]
    say(f"{len(incidents):,} incidents, {sum(map(len, incidents)):,} events. Starting three nodes in {directory} …")
    found_cluster(directory, os.path.abspath(options.relevo), nodes)
    world = World(nodes, options.clients)
    world.set_up(incidents, options.available)
    links = Links(nodes)
    player = Player(world, links, incidents)
    begun = time.monotonic()
    kills = drive(player, links, nodes, options.cuts, options.kills)
    seconds = time.monotonic() - begun
    links.heal()
    say("Played. Waiting for equal digests …")
    digests, states, are_equal = wait_for_equal_digests(world, options.deadline)
    player.conflicts = [state["conflicts_open"] or 0 for state in states.values()]
    say("Counting what each node holds …")
    counts = {site: count_at(world, site, list(player.tickets.values())) for site in OFFICES}
    problems = []
    for node in nodes.values():
        answer = json.loads(node.run("verify", "--format", "json", codes=(0, 1)))
        problems += [f"{node.site}: {problem}" for problem in answer["problems"]]
    for node in nodes.values():
        problem = node.stop()
        if problem:
            problems.append(problem)
        node.process = None
    is_good, result = report(player, links, digests, are_equal, counts, kills, seconds, problems)
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump(result, file, indent=2)
            file.write("\n")
    return 0 if is_good else 1


if __name__ == "__main__":
    sys.exit(main())
