#!/usr/bin/env python3
"""Clients that leave: some before they have sent all, some after that, some in the middle of the answer, by closing or by
a reset, and some that send no more but read on. Between them others stay, and each complete answer is compared with its
question.

    aborting_clients.py attack PLAN WRITES    sends the requests of the plan
    aborting_clients.py repeat PLAN WRITES    sends again, with the same Idempotency-Key: every write whose answer was not
                                              read, and some whose answer was, which must be the same answer again

PLAN is a JSON object: port, requests, connections (of one process), processes, seed, whole (the share of the requests
whose answer is awaited), administrator (a JWT), users (each [user, JWT]; user number n, from 1, has n * 10^9 and what is
credited here), tokens (of a queue), events, halls (each [slot, length of its seat map]), slots (to hold seats of, one seat
a time, each slot with so many seats as seats says), paths (weights by name). WRITES is a file, one per process by its
number at the end: what was written, tab separated: kind, user, slot, seat, amount, key, the number in the answer or empty.

Prints a JSON object; see Tally.
"""

import collections
import heapq
import json
import os
import random
import select
import socket
import struct
import sys
import time

sys.dont_write_bytecode = True

from questions import Questions, Write  # beside this file

PATIENCE = 20  # seconds for an answer
RESET = struct.pack("ii", 1, 0)  # SO_LINGER: on, 0 seconds
SMALL_WINDOW = 4096


class Tally:
    """What happened. asked: requests begun; whole: answers read to their end; mixed: those that are not of their question;
    refused: 429 and 5xx; broken: connections that ended where an answer was due; late: no answer in time; left: how the
    others left; examples of what went wrong."""

    def __init__(self):
        self.numbers = collections.Counter(asked=0, whole=0, mixed=0, refused=0, broken=0, late=0)
        self.left = collections.Counter()
        self.examples = []

    def complain(self, kind, text):
        self.numbers[kind] += 1
        if self.numbers[kind] <= 3:
            self.examples.append(f"{kind}: {text}")

    def add(self, other):
        self.numbers.update(other.numbers)
        self.left.update(other.left)
        self.examples += other.examples


class Client:
    """One connection, opened anew when it was left."""

    def __init__(self):
        self.socket = self.question = None
        self.behaviour, self.received, self.since = "", b"", 0.0


class Crowd:
    """The clients of one process."""

    def __init__(self, plan, number, questions):
        self.plan, self.tally = plan, Tally()
        self.random = random.Random(plan["seed"] * 7919 + number)
        self.questions = questions
        self.source = f"127.0.1.{number + 1}"
        self.poller = select.epoll()
        self.clients = {}  # by file descriptor, those that wait
        self.leaving = []  # heap of (when, order, socket)
        self.left = 0

    def run(self):
        idle = [Client() for _ in range(self.plan["connections"])]
        more = True
        while more or self.clients:
            while more and idle:
                question = next(self.questions, None)
                more = question is not None
                if more and not self.begin(idle[-1], question):
                    continue
                idle.pop()
            self.leave_in_time()
            for descriptor, _ in self.poller.poll(0.005):
                client = self.clients.get(descriptor)
                if client is not None and self.receive(client):
                    del self.clients[descriptor]
                    idle.append(client)
            idle += self.give_up()
        while self.leaving:
            time.sleep(0.005)
            self.leave_in_time()
        return self.tally

    def connect(self, client, window):
        connection = socket.socket()
        if window:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, window)
        connection.setsockopt(socket.SOL_IP, 24, 1)  # IP_BIND_ADDRESS_NO_PORT
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.bind((self.source, 0))
        connection.connect(("127.0.0.1", self.plan["port"]))
        connection.setblocking(False)
        self.poller.register(connection.fileno(), select.EPOLLIN)
        client.socket = connection

    def begin(self, client, question):
        """True: the client now waits for an answer. False: it has left, and is free again."""
        self.tally.numbers["asked"] += 1
        behaviour = "whole"
        if self.random.random() >= self.plan["whole"]:
            behaviour = self.random.choice(("unsent", "unread", "unread", "halfway", "halfway", "half closed"))
        if behaviour == "halfway" and client.socket is not None and self.random.random() < 0.5:
            self.leave(client, 0, False)
        if client.socket is None:
            self.connect(client, SMALL_WINDOW if behaviour == "halfway" else 0)
        sent = question.bytes
        if behaviour == "unsent":
            sent = sent[:self.random.randrange(1, len(sent))]
        try:
            client.socket.send(sent)
            if behaviour == "half closed":
                client.socket.shutdown(socket.SHUT_WR)
        except OSError as failed:
            self.tally.complain("broken", f"{behaviour}: {failed} while sending {question.bytes}")
            self.leave(client, 0, False)
            return False
        if behaviour in ("unsent", "unread"):
            self.go(client, behaviour)
            return False
        client.question, client.behaviour, client.received, client.since = question, behaviour, b"", time.monotonic()
        self.clients[client.socket.fileno()] = client
        return True

    def go(self, client, behaviour):
        resets = self.random.random() < 0.5
        self.tally.left[f"{behaviour}, {'reset' if resets else 'closed'}"] += 1
        self.leave(client, self.random.choice((0, 0, 0.001, 0.005, 0.03)), resets)

    def leave(self, client, delay, resets):
        self.poller.unregister(client.socket.fileno())
        if resets:
            client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        if delay == 0:
            client.socket.close()
        else:
            self.left += 1
            heapq.heappush(self.leaving, (time.monotonic() + delay, self.left, client.socket))
        client.socket = None

    def leave_in_time(self):
        now = time.monotonic()
        while self.leaving and self.leaving[0][0] <= now:
            heapq.heappop(self.leaving)[2].close()

    def receive(self, client):
        """True: the client has done with this request."""
        try:
            data = client.socket.recv(64 if client.behaviour == "halfway" else 262144)
        except BlockingIOError:
            return False
        except OSError as failed:
            data = b""
            client.received += b" " + str(failed).encode()
        if not data:
            self.tally.complain("broken", f"{client.behaviour}: after {client.received[:200]} to {client.question.bytes}")
            self.leave(client, 0, False)
            return True
        if client.behaviour == "halfway":
            self.go(client, "halfway")
            return True
        client.received += data
        head, end, body = client.received.partition(b"\r\n\r\n")
        if not end or len(body) < length_of(head):
            return False
        self.judge(client.question, head, body)
        if client.behaviour == "half closed":
            self.tally.left["half closed"] += 1
        if client.behaviour == "half closed" or b"\nconnection: close" in head.lower():
            self.leave(client, 0, False)
        return True

    def judge(self, question, head, body):
        self.tally.numbers["whole"] += 1
        status = int(head[9:12])
        answered = f"{question.bytes} got {head} {body[:300]}"
        if status == 429 or status >= 500:
            self.tally.complain("refused", answered)
            return
        try:
            if field(head, b"x-request-id") != question.id or len(body) != length_of(head) or not question.fits(status, body):
                self.tally.complain("mixed", answered)
        except (ValueError, KeyError, TypeError) as wrong:
            self.tally.complain("mixed", f"{wrong!r}: {answered}")

    def give_up(self):
        """The clients that have waited too long."""
        if not self.clients:
            return []
        first = next(iter(self.clients.values()))  # nobody waits longer
        if time.monotonic() - first.since < PATIENCE:
            return []
        self.tally.complain("late", f"{first.behaviour}: {first.question.bytes}")
        del self.clients[first.socket.fileno()]
        self.leave(first, 0, False)
        return [first]


def field(head, name):
    at = head.lower().find(b"\n" + name + b":")
    if at < 0:
        return None
    return head[at + len(name) + 2:].split(b"\r", 1)[0].strip()


def length_of(head):
    return int(field(head, b"content-length"))


def attack(plan, number):
    questions = Questions(plan, number)
    count = plan["requests"] // plan["processes"]
    crowd = Crowd(plan, number, (questions.next() for _ in range(count)))
    return crowd.run(), questions.writes


def repeat(plan, number, file):
    with open(file, encoding="utf-8") as lines:
        writes = [Write.of_line(line) for line in lines]
    questions = Questions(plan, number)
    again = [write for at, write in enumerate(writes) if write.number is None or at % 10 == 0]
    crowd = Crowd({**plan, "whole": 1}, number, (questions.repeat(write) for write in again))
    return crowd.run(), writes


def run_process(mode, plan, number, file):
    file = f"{file}.{number}"
    tally, writes = attack(plan, number) if mode == "attack" else repeat(plan, number, file)
    with open(file, "w", encoding="utf-8") as lines:
        lines.writelines(write.line() for write in writes)
    return json.dumps([tally.numbers, tally.left, tally.examples])


def main(mode, plan_file, writes_file):
    with open(plan_file, encoding="utf-8") as plan_text:
        plan = json.load(plan_text)
    started = time.monotonic()
    pipes = []
    for number in range(plan["processes"]):
        reading, writing = os.pipe()
        if os.fork() == 0:
            with os.fdopen(writing, "w") as pipe:
                pipe.write(run_process(mode, plan, number, writes_file))
            os._exit(0)
        os.close(writing)
        pipes.append(reading)
    total = Tally()
    for reading in pipes:
        with os.fdopen(reading) as pipe:
            part = Tally()
            numbers, left, part.examples = json.load(pipe)
            part.numbers.update(numbers)
            part.left.update(left)
            total.add(part)
    for _ in pipes:
        os.wait()
    print(json.dumps({**total.numbers, "left": total.left, "examples": total.examples,
                      "seconds": round(time.monotonic() - started, 1)}))


if __name__ == "__main__":
    main(*sys.argv[1:])
