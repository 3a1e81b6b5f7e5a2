"""Recomputes the event chains of audit packs by the rule of docs/spec/event-chain.md, with nothing of this project.

    python rfc8785_chain.py PACK_JSON...

Canonical JSON comes from the PyPI library rfc8785, SHA-256 from Python's own hashlib. For each view it prints

    PATH EVENTS HEAD

or, on standard error, every place that does not hold. Exit code 0: all hold; 1: one does not; 2: wrong use.
"""

import hashlib
import json
import sys

import rfc8785


def once(pairs):
    names = [name for name, _ in pairs]
    if len(names) != len(set(names)):
        raise ValueError("a member stands twice")
    return dict(pairs)


def integrity_hash(event):
    body = {name: value for name, value in event.items() if name != "integrity_hash"}
    return "sha256:" + hashlib.sha256(rfc8785.dumps(body)).hexdigest()


def faults_of(view, text):
    if rfc8785.dumps(view) != text:
        yield "the file is not its own canonical form"
    chain = view["event_chain"]
    if not chain:
        yield "there is no event"
    previous = "GENESIS"
    for number, event in enumerate(chain, 1):
        if event["integrity_hash"] != integrity_hash(event):
            yield f"event {number}: integrity_hash"
        if event["previous_hash"] != previous:
            yield f"event {number}: previous_hash"
        if event["sequence"] != number:
            yield f"event {number}: sequence"
        if event["decision_id"] != view["decision"]["decision_id"]:
            yield f"event {number}: decision_id"
        previous = event["integrity_hash"]


def main(paths):
    if not paths:
        print(__doc__, file=sys.stderr)
        return 2
    code = 0
    for path in paths:
        with open(path, "rb") as file:
            text = file.read()
        view = json.loads(text.decode("utf-8"), object_pairs_hook=once)
        faults = list(faults_of(view, text))
        for fault in faults:
            print(f"{path}: {fault}", file=sys.stderr)
        if faults:
            code = 1
        else:
            print(path, len(view["event_chain"]), view["event_chain"][-1]["integrity_hash"])
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
