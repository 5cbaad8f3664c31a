"""Requests of many kinds, each with a test whether an answer is its own, for clients that compare every answer with its
question."""

import collections
import json
import random

UNIT = 10**9  # what the balances of two users differ by

Question = collections.namedtuple("Question", "id bytes fits write")


class Write:
    """Something that must be done once: what is asked, and the number in its answer when that was read."""

    def __init__(self, kind, user, slot, seat, amount, key, number=None):
        self.kind, self.user, self.slot, self.seat = kind, user, slot, seat
        self.amount, self.key, self.number = amount, key, number

    def line(self):
        fields = (self.kind, self.user, self.slot, self.seat, self.amount, self.key, self.number)
        return "\t".join("" if field is None else str(field) for field in fields) + "\n"

    @staticmethod
    def of_line(line):
        kind, user, slot, seat, amount, key, number = line.rstrip("\n").split("\t")
        whole = [int(field) if field else None for field in (slot, seat, amount)]
        return Write(kind, user, *whole, key, int(number) if number else None)


class Questions:
    """Makes requests, each with a test whether an answer is its own."""

    def __init__(self, plan, number):
        self.plan, self.number = plan, number
        self.random = random.Random(plan["seed"] * 1000 + number)
        self.made = 0
        self.writes = []
        self.jwt = dict(plan["users"])
        self.place = {user: place for place, (user, _) in enumerate(plan["users"], 1)}
        self.names = list(plan["paths"])
        self.weights = list(plan["paths"].values())
        # seats of this process alone, slot by slot
        of_a_slot = range(number + 1, plan["seats"] + 1, plan["processes"])
        self.seats = iter([(slot, seat) for slot in plan["slots"] for seat in of_a_slot])

    def next(self):
        return getattr(self, self.random.choices(self.names, self.weights)[0])()

    def ask(self, method, path, headers, fits, body="", write=None):
        self.made += 1
        name = f"{self.plan['seed']}-{self.number}-{self.made}"
        if body:
            headers += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
        text = f"{method} {path} HTTP/1.1\r\nHost: test\r\nConnection: keep-alive\r\nX-Request-Id: {name}\r\n{headers}\r\n{body}"
        return Question(name.encode(), text.encode(), fits, write)

    def poll(self):
        token = self.random.choice(self.plan["tokens"])
        return self.ask("GET", "/v1/queue-token", f"Queue-Token: {token}\r\n",
                        lambda status, body: status == 200 and json.loads(body)["token"] == token)

    def event(self):
        event = self.random.choice(self.plan["events"])
        return self.ask("GET", f"/v1/events/{event}", "",
                        lambda status, body: status == 200 and json.loads(body)["event_id"] == event)

    def no_event(self):
        return self.ask("GET", f"/v1/events/{self.random.randrange(10**8, 10**9)}", "",
                        lambda status, body: status == 404 and json.loads(body)["outcome"] == "not_found")

    def nobody(self):
        return self.ask("GET", "/v1/balance", "", lambda status, body: status == 401 and json.loads(body)["status"] == 401)

    def hall(self):
        slot, length = self.random.choice(self.plan["halls"])
        return self.ask("GET", f"/v1/slots/{slot}/seats", "", lambda status, body: status == 200 and len(body) == length)

    def balance(self):
        user, jwt = self.random.choice(self.plan["users"])
        place = self.place[user]
        return self.ask("GET", "/v1/balance", f"Authorization: Bearer {jwt}\r\n",
                        lambda status, body: status == 200 and json.loads(body)["balance"] // UNIT == place)

    def credit(self):
        user, _ = self.random.choice(self.plan["users"])
        return self.repeat(self.noted(Write("credit", user, None, None, self.random.randrange(1, 1000), self.key())))

    def hold(self):
        taken = next(self.seats, None)
        if taken is None:
            return self.poll()
        user, _ = self.random.choice(self.plan["users"])
        return self.repeat(self.noted(Write("hold", user, *taken, None, self.key())))

    def key(self):
        return f"key-{self.plan['seed']}-{self.number}-{self.made}"

    def noted(self, write):
        self.writes.append(write)
        return write

    def repeat(self, write):
        """The request for a write, again where it was sent before."""
        key = f"Idempotency-Key: {write.key}\r\n"
        if write.kind == "hold":
            return self.ask("POST", f"/v1/slots/{write.slot}/holds", f"Authorization: Bearer {self.jwt[write.user]}\r\n{key}",
                            lambda status, body: held(write, status, body), '{"seat_ids":[%d]}' % write.seat, write)
        body = json.dumps({"user_id": write.user, "amount": write.amount})
        place = self.place[write.user]
        return self.ask("POST", "/v1/balance/credits", f"Authorization: Bearer {self.plan['administrator']}\r\n{key}",
                        lambda status, body: credited(write, place, status, body), body, write)


def is_again(write, number):
    """Notes what was answered; false where another answer came before."""
    known, write.number = write.number, number
    return known is None or known == number


def held(write, status, body):
    if status != 201:
        return False
    answer = json.loads(body)
    return answer["seat_ids"] == [write.seat] and is_again(write, answer["reservation_id"])


def credited(write, place, status, body):
    if status != 200:
        return False
    balance = json.loads(body)["balance"]
    return balance // UNIT == place and is_again(write, balance)
