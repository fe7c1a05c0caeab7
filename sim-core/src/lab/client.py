"""Sends one request and says how it ended.

usage: python3 client.py PROTOCOL ADDRESS PORT SOURCE_PORT [BIND_ADDRESS]
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


def checksum(data):
    data += b"\0" * (len(data) % 2)
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def ping():
    sock = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
    if local:
        sock.bind((local, 0))
    body = struct.pack("!BBHHH", 8, 0, 0, sport, 1)
    sock.sendto(body[:2] + struct.pack("!H", checksum(body)) + body[4:], (address, 0))
    end = time.time() + WAIT
    while time.time() < end:
        sock.settimeout(max(0.01, end - time.time()))
        data, peer = sock.recvfrom(2048)
        icmp = data[(data[0] & 15) * 4 :]
        if icmp[0] == 0 and struct.unpack("!H", icmp[4:6])[0] == sport:
            return f"answer from {peer[0]}"
        if icmp[0] in (3, 11) and peer[0]:
            return f"ICMP error {icmp[0]}/{icmp[1]} from {peer[0]}"
    raise TimeoutError


def main():
    if protocol == "icmp":
        return ping()
    kind = socket.SOCK_DGRAM if protocol == "udp" else socket.SOCK_STREAM
    sock = socket.socket(socket.AF_INET, kind, 132 if protocol == "sctp" else 0)
    sock.settimeout(WAIT)
    sock.bind((local, sport))
    sock.connect((address, port))
    if protocol == "udp":
        sock.send(b"ping")
    return sock.recv(256).decode(errors="replace").strip()


try:
    print("ok:", main())
except TimeoutError:
    print("timeout: nothing came back in", WAIT, "s")
except OSError as error:
    name = errno.errorcode.get(error.errno, "?")
    print("refused" if error.errno == errno.ECONNREFUSED else "error:", name, os.strerror(error.errno or 0))
