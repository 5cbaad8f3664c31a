#!/usr/bin/env python3
"""Seating plans that are wrong in every way, as SQL for psql: mutations of the plans in the given files.

    test/fuzz/plans.py SEED COUNT FILE... | psql

Each plan is for a slot of its own. Most are refused with an error, which is what they deserve; the server must survive.
"""
import copy
import json
import random
import sys

ODD = [
    None, True, False, 0, -1, 1, 0.5, -0.0, 1e308, -1e-300, 2**31, 2**53, 2**63, 10**400, "", " ", "x", "ü" * 300, "\u0001",
    "NaN", "Infinity", [], {}, [[]], [{}], {"x": 1, "y": 2}, {"x": 1e300, "y": "2"}, "\U0001f600", "VIP",
]


def places_in(value, found):
    """Every (container, key) in the document, so that any of them may be mutated."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        found.append((value, key))
        places_in(inner, found)
    return found


def mutate(plan):
    for _ in range(random.randint(1, 4)):
        found = places_in(plan, [])
        if not found:
            return
        container, key = random.choice(found)
        kind = random.random()
        if kind < 0.5:
            container[key] = random.choice(ODD)
        elif kind < 0.65:
            del container[key]
        elif kind < 0.8 and isinstance(container, list):
            container.insert(random.randrange(len(container) + 1), copy.deepcopy(container[key]))
        elif kind < 0.9 and isinstance(container, dict):
            container[random.choice(["", "x", "seats", "rows", "zones", "category", "seat_guid", "name", "position"])] = random.choice(ODD)
        else:
            other, place = random.choice(found)
            container[key] = copy.deepcopy(other[place]) if isinstance(other, dict) or place < len(other) else None


def small(plan):
    """The plan with a few zones, rows and seats of each, so that many fit into a minute."""
    plan = copy.deepcopy(plan)
    plan["zones"] = plan.get("zones", [])[:2]
    for zone in plan["zones"]:
        zone["rows"] = zone.get("rows", [])[:3]
        for row in zone["rows"]:
            row["seats"] = row.get("seats", [])[:6]
    return plan


def quoted(value):
    return "'" + json.dumps(value).replace("'", "''") + "'"


def main():
    seed, count = int(sys.argv[1]), int(sys.argv[2])
    random.seed(seed)
    plans = []
    for name in sys.argv[3:]:
        with open(name, encoding="utf-8") as file:
            plans.append(small(json.load(file)))
    print("SELECT boxoffice.create_event('Fuzz') AS event_id \\gset")
    for _ in range(count):
        plan = copy.deepcopy(random.choice(plans))
        prices = {category.get("name", ""): 1000 for category in plan.get("categories", [])}
        mutate(plan)
        if random.random() < 0.1:
            mutate(prices)
        print("SELECT boxoffice.create_slot(:event_id, '2100-01-01') AS slot_id \\gset")
        print(f"SELECT boxoffice.add_seating_plan(:slot_id, {quoted(plan)}, {quoted(prices)});")


if __name__ == "__main__":
    main()
