"""Sends one request and says how it ended: ok, refused, timeout or error:NAME, then details.

usage: python3 client.py PROTOCOL ADDRESS PORT SOURCE_PORT [BIND_ADDRESS]
The source port of ICMP is the identifier of its echo request.
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
    print("ok", main())
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
