"""Writes vectors.json: what Python's zoneinfo and plain counting make of clock changes and working time.

Run by hand: `.venv/bin/python test/vectors/calendar/reference.py`. Nothing here shares code with evaluation/.
"""
import json
import pathlib
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

UTC = timezone.utc
DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


def text(at):
    return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"


def offset(zone, at):
    return int(at.astimezone(ZoneInfo(zone)).utcoffset().total_seconds())


def offsets(zone, start, end):
    """Minute by minute: clocks have changed at whole minutes ever since the years that are asked for."""
    found = [{"from": text(start), "offset_s": offset(zone, start)}]
    at = start.replace(second=0, microsecond=0) + timedelta(minutes=1)
    while at <= end:
        now = offset(zone, at)
        if now != found[-1]["offset_s"]:
            found.append({"from": text(at), "offset_s": now})
        at += timedelta(minutes=1)
    return found


def minutes(clock):
    return int(clock[:2]) * 60 + int(clock[3:])


def is_open(zone, rules, excepted, at):
    wall = at.astimezone(ZoneInfo(zone))
    date = wall.date().isoformat()
    if any(one["from"] <= date <= one["to"] for one in excepted):
        return False
    clock = wall.hour * 60 + wall.minute
    return any(DAYS[wall.weekday()] in rule["days"] and minutes(rule["from"]) <= clock < minutes(rule["to"]) for rule in rules)


def spans(zone, rules, excepted, start, end):
    """Minute by minute, as somebody would who looks at the clock on the wall."""
    found = []
    at = start
    while at < end:
        if is_open(zone, rules, excepted, at):
            if found and found[-1][1] == at:
                found[-1][1] = at + timedelta(minutes=1)
            else:
                found.append([at, at + timedelta(minutes=1)])
        at += timedelta(minutes=1)
    return [{"opens": text(a), "closes": text(b)} for a, b in found]


def after(zone, rules, excepted, start, minutes_open):
    at, left = start, minutes_open
    while left > 0:
        if is_open(zone, rules, excepted, at):
            left -= 1
        at += timedelta(minutes=1)
    return text(at)


WEEK = ["mon", "tue", "wed", "thu", "fri"]
OFFICE = [{"days": WEEK, "from": "09:00", "to": "17:00"}]
NIGHT = [{"days": DAYS, "from": "01:30", "to": "02:30"}]
ALWAYS = [{"days": DAYS, "from": "00:00", "to": "24:00"}]
SPLIT = [
    {"days": ["mon", "wed"], "from": "22:00", "to": "24:00"},
    {"days": ["tue", "thu"], "from": "00:00", "to": "03:00"},
    {"days": ["fri"], "from": "12:00", "to": "13:00"},
    {"days": ["fri"], "from": "12:30", "to": "15:15"},
]
XMAS = [{"from": "2026-12-24", "to": "2027-01-01"}]

ZONES = [
    ("Europe/Berlin", "2026-03-25", "2026-11-10"),
    ("America/New_York", "2026-02-20", "2026-11-20"),
    ("Australia/Lord_Howe", "2026-03-20", "2026-10-20"),
    ("Africa/Casablanca", "2026-01-20", "2026-04-20"),
    ("Asia/Kolkata", "2026-01-01", "2026-02-01"),
    ("Pacific/Chatham", "2026-03-20", "2026-10-20"),
    ("America/Sao_Paulo", "2018-09-01", "2019-03-20"),
    ("Pacific/Apia", "2011-12-20", "2012-01-10"),
    ("UTC", "2026-01-01", "2026-02-01"),
]
CASES = [
    ("an ordinary week", "Europe/Berlin", OFFICE, [], "2026-06-01T06:00", 7),
    ("the clock goes forward on a Sunday", "Europe/Berlin", ALWAYS, [], "2026-03-28T12:00", 2),
    ("an hour that is skipped, in part", "Europe/Berlin", NIGHT, [], "2026-03-27T12:00", 4),
    ("an hour that is repeated, in part", "Europe/Berlin", NIGHT, [], "2026-10-23T12:00", 4),
    ("an hour that is repeated in New York", "America/New_York", NIGHT, [], "2026-10-30T12:00", 4),
    ("half an hour that is repeated", "Australia/Lord_Howe", NIGHT, [], "2026-04-03T00:00", 4),
    ("half an hour that is skipped", "Australia/Lord_Howe", NIGHT, [], "2026-10-02T00:00", 4),
    ("midnight that is skipped", "America/Sao_Paulo", [{"days": DAYS, "from": "00:00", "to": "02:00"}], [], "2018-11-02T12:00", 4),
    ("a day that is skipped", "Pacific/Apia", OFFICE, [], "2011-12-28T00:00", 6),
    ("a quarter of an hour off", "Pacific/Chatham", OFFICE, [], "2026-04-03T00:00", 5),
    ("holidays over the year's end", "Europe/Berlin", OFFICE, XMAS, "2026-12-21T00:00", 16),
    ("several rules, past midnight and over each other", "America/New_York", SPLIT, [], "2026-03-02T00:00", 14),
    ("nothing between two days", "UTC", OFFICE, [], "2026-06-05T17:00", 2),
]
AFTER = [
    ("within the day", "Europe/Berlin", OFFICE, [], "2026-06-01T08:30", 60),
    ("to the very end of the day", "Europe/Berlin", OFFICE, [], "2026-06-01T07:00", 480),
    ("over a weekend", "Europe/Berlin", OFFICE, [], "2026-06-05T14:30", 60),
    ("asked in the night", "Europe/Berlin", OFFICE, [], "2026-06-02T23:30", 30),
    ("over the clock going forward", "Europe/Berlin", OFFICE, [], "2026-03-27T15:00", 120),
    ("through a night that is shorter", "Europe/Berlin", ALWAYS, [], "2026-03-28T20:00", 600),
    ("through a night that is longer", "Europe/Berlin", ALWAYS, [], "2026-10-24T20:00", 600),
    ("in an hour that comes twice", "Europe/Berlin", NIGHT, [], "2026-10-24T20:00", 100),
    ("over holidays", "Europe/Berlin", OFFICE, XMAS, "2026-12-23T15:00", 90),
    ("five days in New York", "America/New_York", OFFICE, [], "2026-10-28T15:00", 2400),
]


def at(moment):
    return datetime.fromisoformat(moment).replace(tzinfo=UTC)


def main():
    out = {
        "offsets": [
            {"zone": zone, "from": text(at(a)), "until": text(at(b)), "offsets": offsets(zone, at(a), at(b))} for zone, a, b in ZONES
        ],
        "spans": [
            {
                "says": says, "zone": zone, "rules": rules, "except": excepted,
                "from": text(at(start)), "until": text(at(start) + timedelta(days=days)),
                "spans": spans(zone, rules, excepted, at(start), at(start) + timedelta(days=days)),
            }
            for says, zone, rules, excepted, start, days in CASES
        ],
        "after": [
            {
                "says": says, "zone": zone, "rules": rules, "except": excepted, "from": text(at(start)),
                "seconds": count * 60, "at": after(zone, rules, excepted, at(start), count),
            }
            for says, zone, rules, excepted, start, count in AFTER
        ],
    }
    path = pathlib.Path(__file__).with_name("vectors.json")
    path.write_text(json.dumps(out, indent=1) + "\n")


main()
