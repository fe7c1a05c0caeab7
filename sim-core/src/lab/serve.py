"""Listens on every socket of a list, each in its network namespace, and says who came.

usage: python3 serve.py LIST      one line a socket: NAMESPACE PROTOCOL ADDRESS PORT [as USER GROUP] [MARK]
                                  MARK is dns TABLE, proxy [from SOURCE] ADDRESS PORT ..., or original [from SOURCE] [ADDRESS:PORT=[ADDRESS:PORT,...] ...]
                                  or an address that ARP is answered for: NAMESPACE arp ADDRESS DEVICE
A TCP connection is answered with one line and closed; a datagram is sent back. SCTP needs the kernel's module. A socket marked "dns" answers
questions from a table of dns.txt, over TCP as many as come, and asks others for what is not there; one marked "proxy" opens a connection to one of those, in turn, from SOURCE, and passes on what comes of it; one marked "original" opens it to where
rules found it going, or to one of those that stand for that address. A socket is of USER and GROUP, and so is what is opened because of it.
"""
import ctypes
import os
import selectors
import socket
import struct
import sys
import threading

TYPES = {"A": 1, "CNAME": 5, "PTR": 12, "AAAA": 28, "SRV": 33}
CODES = {"NOERROR": 0, "SERVFAIL": 2, "NXDOMAIN": 3, "REFUSED": 5}
CLONE_NEWNET = 0x40000000
# What a resolver takes that says nothing of it.
DATAGRAM = 512
libc = ctypes.CDLL(None, use_errno=True)


def enter(path):
    fd = os.open(path, os.O_RDONLY)
    try:
        if libc.setns(fd, CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), path)
    finally:
        os.close(fd)


def end(word):
    """An address with its port."""
    address, _, port = word.rpartition(":")
    return address, int(port)


def become(owner):
    """What this thread opens from now on is this user's and group's."""
    libc.setfsgid(owner[1])
    libc.setfsuid(owner[0])


def original(connection, services):
    """Where a connection was for that rules led here, or who stands for that; None where it was for this very socket, or nobody does."""
    _, port, address = struct.unpack("!HH4s8x", connection.getsockopt(socket.IPPROTO_IP, 80, 16))  # SO_ORIGINAL_DST
    was = (socket.inet_ntoa(address), port)
    if was == connection.getsockname():
        return None
    ends = services.get(was, [was])
    if ends:
        ends.append(ends.pop(0))
    return ends[-1] if ends else None


def listen(protocol, address, port, dns):
    if protocol == "udp":
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        if dns:
            # A name server answers from the address that was asked; others from the one that the route back gives.
            sock.setsockopt(socket.IPPROTO_IP, 8, 1)  # IP_PKTINFO
    elif protocol == "tcp":
        sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    else:
        sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM, 132)
    sock.bind((address, port))
    if protocol != "udp":
        sock.listen(64)
    sock.setblocking(False)
    return sock


def read_table(path):
    """Of each server the zone, code and records of every question, and whom it asks for others; no answer where it then says none."""
    servers, table, records = {}, {}, []
    with open(path) as lines:
        for line in lines:
            words = line.split()
            if line.startswith("#") or not words:
                continue
            if line.startswith(" "):
                records.append(words)
            elif words[0] == "server":
                table = {}
                number = int(words[1])
            elif words[0] == "zone":
                servers[number] = {"zone": words[1].lower(), "table": table, "others": [], "silent": False}
            elif words[0] == "other" and len(words) == 4:
                servers[number]["others"].append((words[1], words[2], int(words[3])))
            elif words == ["silent"]:
                servers[number]["silent"] = True
            else:
                records = []
                table[words[0].lower(), TYPES[words[1]]] = (CODES[words[2]], records)
    return servers


def wire_name(name):
    return b"".join(bytes([len(label)]) + label for label in name.encode().split(b".") if label) + b"\0"


def wire_record(owner, seconds, _, kind, *data):
    if kind == "A":
        body = socket.inet_aton(data[0])
    elif kind == "AAAA":
        body = socket.inet_pton(socket.AF_INET6, data[0])
    elif kind == "SRV":
        body = struct.pack("!HHH", *map(int, data[:3])) + wire_name(data[3])
    else:
        body = wire_name(data[0])
    return wire_name(owner) + struct.pack("!HHIH", TYPES[kind], 1, int(seconds), len(body)) + body


def fitting(head, question, plain, owned):
    """A response to a datagram: without compression, else with it, else as many records as fit (RFC 1035, section 4.1.4)."""
    if len(head) + len(question) + sum(map(len, plain)) <= DATAGRAM:
        return head + question + b"".join(plain)
    owner = wire_name(owned)
    # The name that was asked for stands at 12.
    short = [b"\xc0\x0c" + one[len(owner) :] if one.lower().startswith(owner.lower()) else one for one in plain]
    kept, size = [], len(head) + len(question)
    for one in short:
        size += len(one)
        if size > DATAGRAM:
            break
        kept.append(one)
    number, flags, questions = struct.unpack("!HHH", head[:6])
    flags |= 0x200 if len(kept) < len(short) else 0
    return struct.pack("!HHHHHH", number, flags, questions, len(kept), 0, 0) + question + b"".join(kept)


def answer(question, stream, zone, table, others, silent):
    """A response, what it is about, and whether it has others to ask first; None for what is no question."""
    number, flags, questions = struct.unpack("!HHH", question[:6])
    if flags & 0x8000 or questions != 1:
        return None
    labels, at = [], 12
    while question[at]:
        labels.append(question[at + 1 : at + 1 + question[at]].decode("ascii", "replace"))
        at += question[at] + 1
    at += 1
    kind = struct.unpack("!H", question[at : at + 2])[0]
    name = ".".join([*labels, ""]) or "."
    key = name.lower()
    known = True
    if (key, kind) in table:
        code, records = table[key, kind]
    elif any((key, other) in table for other in TYPES.values()):
        code, records = 0, []
    else:
        # Somebody else may know what is outside.
        inside = zone != "." and (key == zone or key.endswith("." + zone))
        code, records = (3 if inside else 2), []
        known = inside
    head = struct.pack("!HHHHHH", number, 0x8500 | code, 1, len(records), 0, 0)
    plain = [wire_record(*record) for record in records]
    asked = question[12 : at + 4]
    reply = head + asked + b"".join(plain) if stream else fitting(head, asked, plain, name)
    words = next((word for word, known in CODES.items() if known == code), str(code))
    kinds = next((word for word, known in TYPES.items() if known == kind), str(kind))
    asks = bool(others or silent) and not known
    return reply, f"{name} {kinds}: {'asks others' if asks else words}", asks


def others_say(data, failed, others, silent):
    """Asks other name servers, one after the other: what the first of them says that does not fail; else what is said of that, if anything."""
    last = None if silent else failed
    for name, address, port in others:
        try:
            enter(f"/run/netns/{name}")
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as onward:
                onward.settimeout(4)
                onward.connect((address, port))
                onward.send(data)
                last = onward.recv(65535)
        except OSError:
            continue
        if last[3] & 15 not in (CODES["SERVFAIL"], CODES["REFUSED"]):
            break
    return last


def ask_others(sock, data, peer, ancillary, failed, others, silent):
    """Passes on what other name servers say."""

    def asks():
        last = others_say(data, failed, others, silent)
        if last:
            try:
                sock.sendmsg([last], ancillary, 0, peer)
            except OSError:
                pass

    threading.Thread(target=asks, daemon=True).start()


def questions(sock, name, port, dns):
    """Takes one connection, and answers the questions that come by it until the client closes it."""
    connection, peer = sock.accept()
    connection.setblocking(True)
    connection.settimeout(10)

    def answers():
        with connection, connection.makefile("rb") as stream:
            try:
                while len(head := stream.read(2)) == 2:
                    data = stream.read(struct.unpack("!H", head)[0])
                    reply = answer(data, True, **dns)
                    if not reply:
                        break
                    print(f"{name} tcp {port} is asked by {peer[0]}:{peer[1]} for {reply[1]}", flush=True)
                    said = others_say(data, reply[0], dns["others"], dns["silent"]) if reply[2] else reply[0]
                    if said:
                        connection.send(struct.pack("!H", len(said)) + said)
            except (OSError, IndexError, struct.error):
                pass

    threading.Thread(target=answers, daemon=True).start()


def proxy(sock, name, protocol, port, target, how):
    """Takes one connection or datagram, and passes on what the target says; without it the connection is closed."""
    kind = socket.SOCK_DGRAM if protocol == "udp" else socket.SOCK_STREAM
    if protocol == "udp":
        data, client = sock.recvfrom(65535)
        connection = None
    else:
        connection, client = sock.accept()
        connection.setblocking(True)
        connection.settimeout(4)
    if how["services"] is not None:
        target = original(connection, how["services"])
        if target is None:
            connection.close()
            return
    print(f"{name} {protocol} {port} passes {client[0]}:{client[1]} on to {target[0]}:{target[1]}", flush=True)

    def passes_on():
        try:
            enter(f"/run/netns/{name}")
            become(how["owner"])
            with socket.socket(socket.AF_INET, kind) as onward:
                become((0, 0))
                onward.settimeout(4)
                if how["source"]:
                    onward.bind((how["source"], 0))
                onward.connect(target)
                if connection is None:
                    onward.send(data)
                    sock.sendto(onward.recv(65535), client)
                    return
                # Who listens here speaks first.
                while answer := onward.recv(65535):
                    connection.send(answer)
        except OSError:
            pass
        finally:
            if connection is not None:
                connection.close()

    threading.Thread(target=passes_on, daemon=True).start()


def arp(sock, name, address):
    """Answers a question for the address with the device's own, as a process with a packet socket does."""
    frame = sock.recv(64)
    asked = frame[38:42] == socket.inet_aton(address) and frame[20:22] == b"\0\1"
    own = sock.getsockname()[4]
    if asked and frame[6:12] != own:
        head = frame[6:12] + own + frame[12:20] + b"\0\2"
        sock.send(head + own + frame[38:42] + frame[22:32])
        print(f"{name} arp {address} is at {own.hex(':')}", flush=True)


def serve(sock, name, protocol, port, dns, targets, how):
    if protocol == "arp":
        return arp(sock, name, port)
    if targets:
        targets.append(targets.pop(0))
    if targets or how["services"] is not None:
        return proxy(sock, name, protocol, port, targets[-1] if targets else None, how)
    if protocol == "tcp" and dns:
        return questions(sock, name, port, dns)
    if protocol == "udp":
        data, ancillary, _, peer = sock.recvmsg(2048, 64)
        reply = None
        try:
            reply = answer(data, False, **dns) if dns else None
        except (IndexError, struct.error):
            pass
        ancillary = [(socket.IPPROTO_IP, 8, pktinfo) for _, _, pktinfo in ancillary]
        if reply:
            print(f"{name} udp {port} is asked by {peer[0]}:{peer[1]} for {reply[1]}", flush=True)
            if reply[2]:
                return ask_others(sock, data, peer, ancillary, reply[0], dns["others"], dns["silent"])
            data = reply[0]
        else:
            print(f"{name} udp {port} sees {peer[0]}:{peer[1]}", flush=True)
        sock.sendmsg([data], ancillary, 0, peer)
        return
    connection, peer = sock.accept()
    print(f"{name} {protocol} {port} sees {peer[0]}:{peer[1]}", flush=True)
    try:
        connection.send(f"{name} sees {peer[0]}:{peer[1]}\n".encode())
    except OSError:
        pass
    connection.close()


def main():
    home = "/proc/self/ns/net"
    back = os.open(home, os.O_RDONLY)
    selector = selectors.DefaultSelector()
    tables = read_table("dns.txt") if os.path.exists("dns.txt") else {}
    with open(sys.argv[1]) as lines:
        for line in lines:
            name, protocol, address, port, *marks = line.split()
            enter(f"/run/netns/{name}")
            if protocol == "arp":
                sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x0806))
                sock.bind((port, 0x0806))
                sock.setblocking(False)
                libc.setns(back, CLONE_NEWNET)
                selector.register(sock, selectors.EVENT_READ, (name, protocol, address, None, None, None))
                continue
            owner = (0, 0)
            if marks[:1] == ["as"]:
                owner, marks = (int(marks[1]), int(marks[2])), marks[3:]
            become(owner)
            try:
                sock = listen(protocol, address, int(port), marks[:1] == ["dns"])
            except OSError as error:
                print(f"skipped {line.strip()}: {error}", flush=True)
                continue
            finally:
                become((0, 0))
                libc.setns(back, CLONE_NEWNET)
            dns = tables.get(int(marks[1])) if marks[:1] == ["dns"] else None
            kind = marks[:1]
            proxied = marks[1:] if kind in (["proxy"], ["original"]) else []
            source = proxied[1] if proxied[:1] == ["from"] else None
            proxied = proxied[2:] if source else proxied
            services, targets = None, []
            if kind == ["original"]:
                pairs = (word.split("=") for word in proxied)
                services = {end(service): [end(one) for one in ends.split(",") if one] for service, ends in pairs}
            else:
                targets = [(host, int(number)) for host, number in zip(proxied[::2], proxied[1::2])]
            how = {"source": source, "owner": owner, "services": services}
            selector.register(sock, selectors.EVENT_READ, (name, protocol, int(port), dns, targets, how))
    print("ready", flush=True)
    while True:
        for key, _ in selector.select():
            try:
                serve(key.fileobj, *key.data)
            except OSError:
                pass


main()
