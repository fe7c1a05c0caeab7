"""Listens on every socket of a list, each in its network namespace, and says who came.

usage: python3 serve.py LIST      one line a socket: NAMESPACE PROTOCOL ADDRESS PORT
A TCP connection is answered with one line and closed; a datagram is sent back. SCTP needs the kernel's module.
"""
import ctypes
import os
import selectors
import socket
import sys

CLONE_NEWNET = 0x40000000
libc = ctypes.CDLL(None, use_errno=True)


def enter(path):
    fd = os.open(path, os.O_RDONLY)
    try:
        if libc.setns(fd, CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), path)
    finally:
        os.close(fd)


def listen(protocol, address, port):
    if protocol == "udp":
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        # The answer must leave from the address that was asked.
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


def serve(sock, name, protocol, port):
    if protocol == "udp":
        data, ancillary, _, peer = sock.recvmsg(2048, 64)
        print(f"{name} udp {port} sees {peer[0]}:{peer[1]}", flush=True)
        sock.sendmsg([data], [(socket.IPPROTO_IP, 8, pktinfo) for _, _, pktinfo in ancillary], 0, peer)
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
    with open(sys.argv[1]) as lines:
        for line in lines:
            name, protocol, address, port = line.split()
            enter(f"/run/netns/{name}")
            try:
                sock = listen(protocol, address, int(port))
            except OSError as error:
                print(f"skipped {line.strip()}: {error}", flush=True)
                continue
            finally:
                libc.setns(back, CLONE_NEWNET)
            selector.register(sock, selectors.EVENT_READ, (name, protocol, int(port)))
    print("ready", flush=True)
    while True:
        for key, _ in selector.select():
            try:
                serve(key.fileobj, *key.data)
            except OSError:
                pass


main()
