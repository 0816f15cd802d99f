#!/usr/bin/env python3
"""Verifies a Tracewright proof file with nothing but Python's standard library.

usage: verify.py FILE [--key VERIFIER_KEY]... [--witness VERIFIER_KEY]...
exit:  0 the proof holds, 1 it does not, 2 the file cannot be read as a proof, or usage

Written from docs/formats alone. Unlike `tracewright verify` it does not compare checkpoints held
elsewhere.
"""
import base64, hashlib, json, re, sys

U64, LINE = 2**64, "\u2014 "
FILE = {"format": str, "ledger": str, "origin": str, "claims": list, "summary_not_proven": list,
        "checkpoint": str, "keys": list, "entries": list}
ENTRY = {"position": int, "log": str, "members": list, "inclusion": list}
KEY_TYPES = ("ledger.genesis", "ledger.key_rotated", "ledger.key_revoked")


class Unreadable(Exception):
    pass


def need(condition, what):
    if not condition:
        raise Unreadable(what)


def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def b64(text):
    data = base64.b64decode(text, validate=True)
    need(base64.b64encode(data).decode() == text, "base64")
    return data


def shape(value, fields, what):
    need(type(value) is dict and value.keys() == fields.keys(), what)
    need(all(type(value[name]) is kind for name, kind in fields.items()), what)
    return value


def no_twins(pairs):
    need(len(dict(pairs)) == len(pairs), "a name comes twice")
    return dict(pairs)


def parse_json(text):
    return json.loads(text, object_pairs_hook=no_twins)


# Ed25519, RFC 8032: points are (x, y) in extended coordinates (X, Y, Z, T).
P, L = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P


def add(p, q):
    a, b = (p[1] - p[0]) * (q[1] - q[0]) % P, (p[1] + p[0]) * (q[1] + q[0]) % P
    c, d = 2 * p[3] * q[3] * D % P, 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def multiply(scalar, point):
    total = (0, 1, 1, 0)
    while scalar:
        if scalar & 1:
            total = add(total, point)
        point, scalar = add(point, point), scalar >> 1
    return total


def decode_point(data):
    number = int.from_bytes(data, "little")
    sign, y = number >> 255, number % 2**255
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    need(y < P and (x * x - square) % P == 0 and not (x == 0 and sign), "not a point")
    x = P - x if x & 1 != sign else x
    return x, y, 1, x * y % P


def encode_point(p):
    inverse = pow(p[2], -1, P)
    x, y = p[0] * inverse % P, p[1] * inverse % P
    return (y | (x & 1) << 255).to_bytes(32, "little")


BASE = decode_point((4 * pow(5, -1, P) % P).to_bytes(32, "little"))


def ed25519(key, message, signature):
    if len(signature) != 64:
        return False
    r, s = signature[:32], int.from_bytes(signature[32:], "little")
    try:
        a, point = decode_point(key), decode_point(r)
    except Unreadable:
        return False
    if s >= L or any(encode_point(multiply(8, p)) == (1).to_bytes(32, "little") for p in (a, point)):
        return False
    k = int.from_bytes(hashlib.sha512(r + key + message).digest(), "little") % L
    minus_a = (P - a[0], a[1], 1, P - a[3])
    return encode_point(add(multiply(s, BASE), multiply(k, minus_a))) == r


# Notes and keys: docs/formats/checkpoint.md.
def parse_key(text):
    name, key_id, key = text.split("+", 2)
    key = b64(key)
    need(len(key) == 33 and key[0] in (1, 4) and name and not re.search(r"[\s+]", name), "key")
    need(sha256(name.encode(), b"\n", key)[:4].hex() == key_id, "key id")
    decode_point(key[1:])
    return name, bytes.fromhex(key_id), key[0], key[1:]


def parse_note(note):
    cut = note.rfind("\n\n")
    text, lines = note[: cut + 1], note[cut + 2 :]
    need(cut > 0 and lines.endswith("\n") and not re.search(r"[\0-\x09\x0b-\x1f]", text), "note")
    signatures = []
    for line in lines[:-1].split("\n"):
        name, _, data = line[len(LINE) :].partition(" ")
        need(line.startswith(LINE) and name and not re.search(r"[\s+\0-\x1f]", name), "line")
        data = b64(data)
        need(len(data) > 4, "line")
        signatures.append((name, data[:4], data[4:]))
    need(len(signatures) <= 64, "too many signatures")
    return text, signatures


def verify_note(note, key):
    """True: signed; None: not by this key; False: a signature of this key is false."""
    (text, signatures), (name, key_id, kind, public) = note, key
    verdict = None
    for line_name, line_id, data in signatures:
        if (line_name, line_id) != (name, key_id):
            continue
        message = text
        if kind == 4:
            message = f"cosignature/v1\ntime {int.from_bytes(data[:8], 'big')}\n{text}"
            data = data[8:]
        if not ed25519(public, message.encode(), data):
            return False
        verdict = True
    return verdict


def parse_checkpoint(text):
    lines = text[:-1].split("\n")
    need(len(lines) >= 3 and all(lines) and re.fullmatch("0|[1-9][0-9]*", lines[1]), "checkpoint")
    root = b64(lines[2])
    need(len(root) == 32 and int(lines[1]) < U64, "checkpoint")
    return lines[0], int(lines[1]), root


# Entries: docs/formats/ledger.md.
def parse_log(log):
    need(log[:5] == b"TWE\x01\x01" and len(log) >= 42, "log")
    end = 38 + log[37]
    entry_type, count = log[38:end], int.from_bytes(log[end + 2 : end + 4], "big")
    need(1 <= log[37] <= 64 and all(0x21 <= c <= 0x7E for c in entry_type), "type")
    need(len(log) == end + 4 + 32 * count and count <= 2044, "log length")
    digests = [log[at : at + 32] for at in range(end + 4, len(log), 32)]
    position, received = (int.from_bytes(log[a : a + 8], "big", signed=a == 29) for a in (21, 29))
    return log[5:21].hex(), position, received, entry_type.decode(), digests


def member_digest(name, value, salt):
    name, value = name.encode(), value.encode()
    size = lambda data: len(data).to_bytes(4, "big")
    return sha256(b"TWM\x01", salt, size(name), name, size(value), value)


def root_from_proof(leaf, index, size, proof):
    if index >= size:
        return None
    node, last, result = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            return None
        if node & 1 or node == last:
            result = sha256(b"\x01", sibling, result)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            result = sha256(b"\x01", result, sibling)
        node, last = node >> 1, last >> 1
    return result if last == 0 else None


# The proof file: docs/formats/proof-file.md.
def parse_file(data):
    need(len(data) <= 64 << 20, "too long")
    file = shape(parse_json(data.decode()), FILE, "file")
    need(file["format"] == "tracewright-proof/1", "format")
    need(re.fullmatch("[0-9a-f]{32}", file["ledger"]), "ledger")
    need(all(type(line) is str for line in file["summary_not_proven"]), "summary")
    for claim in file["claims"]:
        shape(claim, {"item": str, "through_sequence": int}, "claim")
        need(0 <= claim["through_sequence"] < U64, "claim")
    for entry in file["keys"] + file["entries"]:
        shape(entry, ENTRY, "entry")
        need(0 <= entry["position"] < U64, "position")
        need(all(re.fullmatch("[0-9a-f]{64}", h) for h in entry["inclusion"]), "inclusion")
        entry["log"] = b64(entry["log"])
        entry["inclusion"] = [bytes.fromhex(h) for h in entry["inclusion"]]
        for member in entry["members"]:
            if member != {"withheld": True} or member["withheld"] is not True:
                shape(member, {"name": str, "value": str, "salt": str}, "member")
                member["salt"] = b64(member["salt"])
                need(len(member["salt"]) == 16, "salt")
                (member["name"] + member["value"]).encode()
    return file


def check_list(file, part, head, found, signed_entries):
    before, received_before, checked = None, None, []
    for entry in file[part]:
        position, log = entry["position"], entry["log"]
        if before is not None and position <= before:
            found("duplicate_position" if position == before else "out_of_order", position)
        before = position
        if head and root_from_proof(sha256(b"\0", log), position, head[1],
                                    entry["inclusion"]) != head[2]:
            found("not_included", position)
        try:
            ledger, log_position, received, entry_type, digests = parse_log(log)
        except Unreadable:
            found("log_unreadable", position)
            continue
        if log_position != position:
            found("position_differs", position)
        if ledger != file["ledger"]:
            found("ledger_differs", position)
        if len(entry["members"]) != len(digests):
            found("member_count", position)
            continue
        if received_before and position > received_before[0] and received <= received_before[1]:
            found("received_out_of_order", position)
        received_before, members, names = (log_position, received), [], set()
        if part == "entries":
            signed_entries.append((log_position, log, entry, digests))
        for member, digest in zip(entry["members"], digests):
            if "withheld" in member:
                continue
            if member["name"] in names:
                found("duplicate_member", position, member["name"])
            names.add(member["name"])
            if member_digest(member["name"], member["value"], member["salt"]) == digest:
                members.append((member["name"], member["value"]))
            else:
                found("member_differs", position, member["name"])
        checked.append((log_position, entry_type, members, ledger))
    return checked


# Signatures of persons: docs/formats/ledger.md.
def check_signatures(entries, found):
    """Lists every signature as (position, signer, meaning, time, verdict)."""
    open_members = []
    for position, log, entry, digests in entries:
        members = {}
        for member, digest in zip(entry["members"], digests):
            if "withheld" not in member and member_digest(
                    member["name"], member["value"], member["salt"]) == digest:
                members[member["name"]] = member["value"]
        open_members.append((position, log, digests, members))
    keys, listed = {}, []
    for position, log, _, members in open_members:
        if parse_log(log)[3] == "account.noted" and members.get("fact/event") == '"keyRegistered"':
            if "fact/new" in members and "fact/person" in members:
                key = parse_json(members["fact/new"])
                keys[key] = (parse_json(members["fact/person"]), position)
    for position, log, digests, members in open_members:
        if "signed" not in members and "signature" not in members:
            continue
        try:
            signed = parse_json(members["signed"]) if "signed" in members else {}
        except ValueError:
            signed = {}
        if not signed or "signature" not in members:
            listed.append((position, "?", "?", "?", "not shown"))
            continue
        verdict = "INVALID"
        try:
            end = 38 + log[37]
            count = (len(digests) - 1).to_bytes(2, "big")
            message = (b"tracewright signature v1\n" + log[: end + 2] + count + log[end + 4 : -32])
            value, key = b64(parse_json(members["signature"])), str(signed["key"])
            whose, since = keys.get(key, (None, position))
            if re.fullmatch("[0-9a-f]{64}", key) and ed25519(bytes.fromhex(key), message, value):
                verdict = "valid, key of nobody shown"
                if since < position:
                    verdict = "valid" if whose == signed["signer"] else "INVALID"
        except (ValueError, KeyError, TypeError, Unreadable):
            pass
        if verdict == "INVALID":
            found("signature_invalid", position)
        listed.append((position, *(str(signed.get(name)) for name in ("signer", "meaning", "at")),
                       verdict))
    return listed


def key_chain(keys):
    """The keys as (position, key, endorsed) or (position, revoked key, None), and the origin."""
    need(keys and keys[0][:2] == (0, KEY_TYPES[0]), "no genesis")
    changes, last = [], -1
    for position, entry_type, members, ledger in keys:
        need(ledger == keys[0][3] and position > last and (entry_type in KEY_TYPES[1:] or position == 0), "order or type")
        need(len({name for name, _ in members}) == len(members), "a member comes twice")
        last, values = position, {name: parse_json(value) for name, value in members}
        key, endorsed = parse_key(values["key"]), False
        if position == 0:
            need(values["ledger"] == ledger and values["hash_suite"] == "sha256", "genesis")
            origin = values["origin"]
        if entry_type == KEY_TYPES[2]:
            need(any(key == known for _, known, how in changes if how is not None), "unknown key")
            endorsed = None
        elif "endorsement" in values and position:
            note, old = parse_note(values["endorsement"]), in_force(changes, position, [])[0]
            text = f"tracewright-key-rotation/1\n{ledger}\n{values['key']}\n"
            need(old and note[0] == text and verify_note(note, old), "endorsement")
            endorsed = True
        changes.append((position, key, endorsed))
    return changes, origin


def in_force(changes, size, trusted_keys):
    current, trusted = None, False
    for position, key, endorsed in changes:
        if position < size and endorsed is not None:
            current, trusted = key, key in trusted_keys or (trusted and endorsed)
        elif position < size and key == current:
            current, trusted = None, False
    return current, trusted


def check_items(claims, entries, found):
    items, claimed = {}, {}
    for position, _, members, _ in entries:
        for name, value in members:
            if name.startswith("item/"):
                try:
                    touch = parse_json(value)
                    sequence, previous = touch["sequence"], touch.get("previous")
                    numbers = (sequence,) if previous is None else (sequence, previous)
                    need(all(type(n) is int and 0 <= n < U64 for n in numbers), "touch")
                    items.setdefault(name[5:], []).append((position, sequence, previous))
                except (ValueError, KeyError, TypeError, RecursionError, Unreadable):
                    found("touch_unreadable", position, name)
    for claim in claims:
        if claim["item"] in claimed or claim["through_sequence"] == 0:
            found("claim_unclear", claim["item"])
        claimed[claim["item"]] = claim["through_sequence"]
    for item, touches in items.items():
        last, last_position = 0, None
        for position, sequence, previous in sorted(touches, key=lambda touch: touch[0]):
            if sequence <= last:
                found("sequence_not_rising", item)
            elif sequence == last + 1:
                if previous != last_position:
                    found("previous_differs", item)
            elif item in claimed:
                found("sequence_gap", item)
            last, last_position = sequence, position
        items[item] = last
    for claim in claims:
        shown = items.get(claim["item"], 0)
        if shown != claim["through_sequence"]:
            found("not_complete" if shown < claim["through_sequence"] else "beyond_claim",
                  claim["item"])


def check_head(note, head, changes, site_keys, witnesses, found):
    key, trusted = in_force(changes, head[1], site_keys)
    verdict = verify_note(note, key) if key else False
    for position, revoked, endorsed in changes:
        if not verdict and endorsed is None and position < head[1] and verify_note(note, revoked):
            found("key_revoked", revoked[0])
    if key is None:
        found("no_key_in_force", head[1])
    elif not verdict:
        found("head_signature", key[0])
    seen, count = {known[3] for _, known, _ in changes}, 0
    for witness in witnesses:
        if witness[3] not in seen:
            seen.add(witness[3])
            verdict = verify_note(note, witness)
            count += verdict is True
            if verdict is False:
                found("witness_signature", witness[0])
    return f"witnessed {count}" if count else "site_signed" if trusted else "consistent"


def verify(file, site_keys, witnesses):
    findings, note, head, standing, signed_entries = [], None, None, None, []
    found = lambda name, *where: findings.append((name, *where))
    for part, limit in (("entries", 50_000), ("keys", 1_000), ("claims", 10_000)):
        if len(file[part]) > limit:
            found("too_many", part)
    if findings:
        return findings, None, []
    try:
        note = parse_note(file["checkpoint"])
        head = parse_checkpoint(note[0])
    except (ValueError, Unreadable):
        found("checkpoint_unreadable")
    keys, entries = (check_list(file, part, head, found, signed_entries)
                     for part in ("keys", "entries"))
    check_items(file["claims"], entries, found)
    signatures = check_signatures(signed_entries, found)
    chained = {position for position, *_ in keys}
    for position, entry_type, *_ in entries:
        if entry_type in KEY_TYPES and position not in chained:
            found("key_entry_omitted", position)
    try:
        changes, origin = key_chain(keys)
        if origin != file["origin"]:
            found("origin_differs", origin)
        if head:
            standing = check_head(note, head, changes, site_keys, witnesses, found)
    except (ValueError, KeyError, TypeError, AttributeError, Unreadable) as why:
        found("key_chain", str(why))
    if head and head[0] != file["origin"]:
        found("origin_differs", head[0])
    return findings, standing, signatures


def main(arguments):
    path, trusted = arguments[0], {"--key": [], "--witness": []}
    try:
        for option, key in zip(arguments[1::2], arguments[2::2]):
            trusted[option].append(parse_key(key))
    except (KeyError, ValueError, Unreadable) as why:
        print(f"cannot use {why}\n{__doc__}", file=sys.stderr)
        return 2
    try:
        with open(path, "rb") as stream:
            file = parse_file(stream.read())
    except (OSError, ValueError, TypeError, RecursionError, Unreadable) as why:
        print(f"unreadable: {why}")
        return 2
    findings, standing, signatures = verify(file, trusted["--key"], trusted["--witness"])
    for name, *where in findings:
        print(f"finding: {name}", *where)
    for position, signer, meaning, at, verdict in signatures:
        print(f"signature: position {position}, {meaning} by {signer}, {at}: {verdict}")
    if findings:
        return 1
    print(f"standing: {standing}")
    print("What came after the last entry shown is unproven, and so is the file's summary.")
    return 0


if __name__ == "__main__":
    if len(sys.argv) < 2 or len(sys.argv) % 2:
        print(__doc__, file=sys.stderr)
        sys.exit(2)
    sys.exit(main(sys.argv[1:]))
