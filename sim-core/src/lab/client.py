"""Sends one request and says how it ended: ok, refused, timeout, name-not-resolved or error:NAME, then details.

usage: python3 client.py PROTOCOL ADDRESS PORT SOURCE_PORT [BIND_ADDRESS]
The source port of ICMP is the identifier of its echo request. An ADDRESS that is a name is resolved first with the resolv.conf beside this
file; each question and its answer are told on standard error.
"""
import errno
import os
import socket
import struct
import sys
import time

protocol, address, port, sport = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
local = sys.argv[5] if len(sys.argv) > 5 else ""
WAIT = 5
IP_RECVERR = 11
TYPES = {"A": 1, "AAAA": 28}
CODES = {0: "NOERROR", 2: "SERVFAIL", 3: "NXDOMAIN", 5: "REFUSED"}
MAX_NAMES = 8


class NotResolved(Exception):
    pass


def resolv_conf():
    """Name servers, search list, ndots, and whether questions go over TCP."""
    servers, search, ndots, stream = [], [], 1, False
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "resolv.conf")) as lines:
        for line in lines:
            words = line.split()
            if words[:1] == ["nameserver"] and "." in words[1]:
                servers.append(words[1])
            elif words[:1] == ["search"]:
                search = words[1:]
            elif words[:1] == ["options"]:
                ndots = next((int(word[6:]) for word in words if word.startswith("ndots:")), ndots)
                stream = stream or "use-vc" in words
    return servers, search, ndots, stream


def candidates(name, search, ndots):
    """Names to ask for, in order: as typed first with enough dots, only that with a dot at the end."""
    if name.endswith("."):
        return [name]
    searched = [f"{name}.{domain.rstrip('.')}." for domain in search]
    return [name + ".", *searched] if name.count(".") >= ndots else [*searched, name + "."]


def question(number, name, kind):
    labels = b"".join(bytes([len(label)]) + label for label in name.encode().strip(b".").split(b".") if label)
    return struct.pack("!HHHHHH", number, 0x0100, 1, 0, 0, 0) + labels + b"\0" + struct.pack("!HH", TYPES[kind], 1)


def skip_name(data, at):
    while data[at]:
        if data[at] >= 192:
            return at + 2
        at += data[at] + 1
    return at + 1


def read_answer(data, kind):
    """Code and addresses."""
    flags, _, answers = struct.unpack("!HHH", data[2:8])
    at, found = skip_name(data, 12) + 4, []
    for _ in range(answers):
        at = skip_name(data, at)
        number, _, _, length = struct.unpack("!HHIH", data[at : at + 10])
        at += 10
        if number == TYPES[kind] == 1:
            found.append(socket.inet_ntoa(data[at : at + 4]))
        at += length
    return CODES.get(flags & 15, f"RCODE{flags & 15}"), found


def tell(text):
    print(text, file=sys.stderr, flush=True)


def receive(sock, length):
    """So many bytes of a stream."""
    data = b""
    while len(data) < length:
        more = sock.recv(length - len(data))
        if not more:
            raise ConnectionResetError(errno.ECONNRESET, "")
        data += more
    return data


def ask(sock, number, server, name, kind, stream):
    """One question on an open socket: code, addresses, and whether more did not fit; None when no answer came."""
    asked = question(number, name, kind)
    way = "over TCP " if stream else ""
    start = f"question {number}: {name} {kind} {way}to {server} from port {sock.getsockname()[1]}"
    try:
        # In a stream behind its length (RFC 1035, section 4.2.2).
        sock.send(struct.pack("!H", len(asked)) + asked if stream else asked)
        end = time.time() + WAIT
        while True:
            sock.settimeout(max(0.01, end - time.time()))
            data = receive(sock, struct.unpack("!H", receive(sock, 2))[0]) if stream else sock.recv(4096)
            # The answer to this question, and no echo of it.
            if len(data) >= 12 and data[:2] == asked[:2] and data[2] & 0x80:
                break
    except TimeoutError:
        tell(f"{start} : no answer in {WAIT} s")
        return None
    except OSError as error:
        tell(f"{start} : {os.strerror(error.errno)}")
        return None
    code, found = read_answer(data, kind)
    cut = bool(data[2] & 2)
    tell(f"{start} : {' '.join([code, *found])}{', and more that does not fit' if cut else ''}")
    return code, found, cut


def connect(server, stream, name):
    """A socket to a name server; None where the call fails."""
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM if stream else socket.SOCK_DGRAM)
    sock.settimeout(WAIT)
    try:
        sock.connect((server, 53))
    except OSError as error:
        port = f" from port {sock.getsockname()[1]}" if stream else ""
        tell(f"{name} at {server}{port} : {os.strerror(error.errno) if error.errno else 'no connection'}")
        sock.close()
        return None
    return sock


def ask_server(server, last, name, number, stream):
    """A, then AAAA from one socket: an address, whether it answered, whether that is enough, and how many questions it was."""
    address, answered, content, asked = None, False, True, 0
    sock = connect(server, stream, name)
    if sock is None:
        return None, False, False, int(stream)
    with sock:
        for kind in TYPES:
            asked += 1
            reply = ask(sock, number + asked, server, name, kind, stream)
            if reply and reply[2] and not stream:
                # What did not fit is asked for again in a stream.
                asked += 1
                again = connect(server, True, name)
                reply = None
                if again:
                    with again:
                        reply = ask(again, number + asked, server, name, kind, True)
            if reply is None:
                return address, answered, False, asked
            answered = True
            content = last or reply[0] not in ("SERVFAIL", "REFUSED")
            address = address or next(iter(reply[1]), None)
            if not content:
                break
    return address, answered, content, asked


def resolve(name):
    """As kubehop's resolver: each name of the list at the first server that does not fail."""
    servers, search, ndots, stream = resolv_conf()
    if not servers:
        raise NotResolved("there is no name server")
    number = 0
    for full in candidates(name, search, ndots)[:MAX_NAMES]:
        heard = False
        for server in servers:
            address, answered, content, asked = ask_server(server, server == servers[-1], full, number, stream)
            number += asked
            heard = heard or answered
            if address:
                return address
            if content:
                break
        if not heard:
            raise NotResolved("no name server answered")
    raise NotResolved("no name server knows an address")


def is_address(text):
    try:
        socket.inet_pton(socket.AF_INET, text)
    except OSError:
        return False
    return True


def checksum(data):
    data += b"\0" * (len(data) % 2)
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def ping():
    sock = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
    # ICMP errors about this request are reported as errors of the socket.
    sock.setsockopt(socket.IPPROTO_IP, IP_RECVERR, 1)
    if local:
        sock.bind((local, 0))
    sock.connect((address, 0))
    body = struct.pack("!BBHHH", 8, 0, 0, sport, 1)
    sock.send(body[:2] + struct.pack("!H", checksum(body)) + body[4:])
    end = time.time() + WAIT
    while time.time() < end:
        sock.settimeout(max(0.01, end - time.time()))
        data, peer = sock.recvfrom(2048)
        icmp = data[(data[0] & 15) * 4 :]
        if icmp[0] == 0 and struct.unpack("!H", icmp[4:6])[0] == sport:
            return f"{peer[0]} answers"
    raise TimeoutError


def main():
    if protocol == "icmp":
        return ping()
    kind = socket.SOCK_DGRAM if protocol == "udp" else socket.SOCK_STREAM
    sock = socket.socket(socket.AF_INET, kind, 132 if protocol == "sctp" else 0)
    sock.settimeout(WAIT)
    if protocol != "udp":
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind((local, sport))
    sock.connect((address, port))
    if protocol == "udp":
        sock.send(b"ping")
    answer = sock.recv(256).decode(errors="replace").strip()
    return "connected" if protocol != "udp" and not answer else f"the answer is: {answer}"


try:
    if not is_address(address):
        address = resolve(address)
    print("ok", main())
except NotResolved as error:
    print("name-not-resolved:", error)
except TimeoutError:
    print(f"timeout: nothing came back in {WAIT} s")
except OSError as error:
    if error.errno == errno.ETIMEDOUT:
        print("timeout:", os.strerror(error.errno))
    elif error.errno == errno.ECONNREFUSED:
        print("refused:", os.strerror(error.errno))
    elif error.errno == errno.EPROTONOSUPPORT:
        print("error:EPROTONOSUPPORT this kernel has no", protocol.upper(), f"(try: modprobe {protocol})")
    else:
        print(f"error:{errno.errorcode.get(error.errno, error.errno)}", os.strerror(error.errno or 0))
