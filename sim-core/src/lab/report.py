"""Shows what probe.sh recorded: packets in order, rules that matched, conntrack, and how it ended.

usage: python3 report.py EXPECTED FULL PROTOCOL NAMESPACE...
EXPECTED: the results the client may report, separated by commas. FULL: 1 shows every packet, 0 leaves out those that
only repeat the way of another one (the rest of a TCP connection behind its handshake) and ARP that is answered.
Reads run/NAMESPACE.packets (tcpdump), run/NAMESPACE.trace (nft monitor trace), run/NAMESPACE.conntrack, run/client.txt,
run/resolver.txt, run/servers.new, expected-packets.txt. Exit status 1 when the result is none of EXPECTED, or an expected packet was not seen.
"""
import re
import sys

expected, full, packet_protocol, names = sys.argv[1].split(","), sys.argv[2] == "1", sys.argv[3].upper(), sys.argv[4:]

PACKET = re.compile(r"(\d+\.\d+) (\S+) +(\S+) +ifindex \d+ \S+ ethertype ([^ ,:]+)[^:]*: (.*)")
FLAGS = {"S": "SYN", "F": "FIN", "R": "RST", "P": "PSH", ".": "ACK", "U": "URG", "W": "CWR", "E": "ECE"}
# P, B, M: came in, but not (only) for this device's own address, as at the port of a bridge.
DIRECTIONS = {"Out": "out"}


def lines(path):
    try:
        with open(path, errors="replace") as file:
            return [line.rstrip("\n") for line in file]
    except OSError:
        return []


def endpoint(text):
    """10.0.0.1.80 as 10.0.0.1:80."""
    address, dot, port = text.rpartition(".")
    return f"{address}:{port}" if dot and address.count(".") == 3 else text


def packet_words(text):
    """What tcpdump says about a packet, shorter; and whether it is worth a line."""
    match = re.match(r"(\S+) > (\S+?): (.*)", text)
    if not match:
        return text, True
    way = f"{endpoint(match[1])} > {endpoint(match[2])}"
    rest = match[3]
    flags = re.match(r"Flags \[([^\]]*)\]", rest)
    if flags:
        words = ",".join(FLAGS.get(flag, flag) for flag in flags[1])
        return f"{way}  TCP {words}", "S" in flags[1] or "R" in flags[1]
    return f"{way}  {rest}", True


def sightings():
    """Every packet at every device: [time, namespace, device, direction, words, kind, worth a line]."""
    found = []
    for name in names:
        last = None
        for line in lines(f"run/{name}.packets"):
            match = PACKET.match(line)
            if not match:
                # The packet inside a tunnel, on a line of its own.
                if last and line.strip():
                    inner = re.sub(r"^.*ethertype IPv4[^:]*: ", "", line.strip())
                    last[4] += " | inside: " + packet_words(inner)[0]
                continue
            last = None
            if not match[4].startswith("IPv6"):
                words, worth = packet_words(match[5])
                last = [float(match[1]), name, match[2], DIRECTIONS.get(match[3], "in"), words, match[4], worth]
                found.append(last)
    # A packet leaves before it comes in, also where both carry the same time.
    return sorted(found, key=lambda packet: (packet[0], packet[3] != "out"))


def shown_packets(found):
    """What is shown without --full: each way once, and of ARP only what nobody answered."""
    answered = {match[1] for packet in found for match in [re.match(r"Reply (\S+) is-at", packet[4])] if match}
    seen, shown = set(), []
    for packet in found:
        about = re.match(r"Request who-has (\S+?),? ", packet[4])
        worth = packet[6] if packet[5] != "ARP" else about is not None and about[1] not in answered
        if worth and tuple(packet[1:5]) not in seen:
            seen.add(tuple(packet[1:5]))
            shown.append(packet)
    return shown


def parts():
    """What was expected of the connection and of each question: for each way the kernel can draw, where each packet should be seen."""
    found = {}
    for line in lines("expected-packets.txt"):
        words = line.split(" ")
        if not line.startswith("#") and len(words) >= 8 and words[2] in names:
            way = found.setdefault(words[0], {}).setdefault(words[1], [])
            way.append(tuple(words[2:7]) + (" ".join(words[7:]),))
    return [list(ways.values()) for ways in found.values()]


def keys(packet):
    """A packet as expected-packets.txt writes it, once for itself and once for each packet inside a tunnel."""
    for match in re.finditer(r"([\d.]+)(?::\d+)? > ([\d.]+?)(?::\d+)?:? +(?=(\S+)( \S+)?)", packet[4]):
        kind = match[3].rstrip(",")
        if kind == "TCP":
            kind = f"TCP{match[4]}"
        elif kind != "ICMP":
            # tcpdump tells what a question is about, not that it is UDP.
            kind = "UDP" if kind == "UDP" or re.search(r":53\b", match[0]) else packet_protocol
        yield tuple(packet[1:4]) + (match[1], match[2], kind)


def compare(found):
    """The way that was taken, what of it was not seen, and marks for the packets that were expected."""
    seen = {key for packet in found for key in keys(packet)}
    best = []
    for ways in parts():
        best += max(ways, key=lambda way: (sum(sighting in seen for sighting in way), -len(way)))
    best = list(dict.fromkeys(best))
    return best, [sighting for sighting in best if sighting not in seen]


def resolution():
    """What the resolver said, and the name servers."""
    told = lines("run/resolver.txt")
    asked = [line for line in lines("run/servers.new") if " is asked by " in line]
    if told or asked:
        print("== name resolution")
    for line in told:
        print(f"   client:   {line}")
    for line in asked:
        print(f"   server:   {line}")
    if told or asked:
        print()


def packets():
    found = sightings()
    shown = found if full else shown_packets(found)
    print("== packets, in the order the kernel showed them (milliseconds since the first)")
    if not shown:
        print("   none")
    wide = max([len(packet[1]) for packet in shown], default=0)
    device = max([len(packet[2]) for packet in shown], default=0)
    best, missing = compare(found)
    for packet in shown:
        when, name, dev, direction, words, kind, _ = packet
        words = f"{kind} {words}" if kind == "ARP" else words
        mark = "=" if any(key in best for key in keys(packet)) else " "
        print(f"{(when - shown[0][0]) * 1000:9.3f} {mark} {name:{wide}}  {dev:{device}}  {direction:3}  {words}")
    if len(found) > len(shown):
        print(f"   and {len(found) - len(shown)} more (repetitions, the rest of the connection, ARP): ./probe.sh --full")
    print(f"   = as expected; {len(best) - len(missing)} of {len(best)} expected sightings were seen")
    for name, dev, direction, source, target, kind in missing:
        print(f"   NOT SEEN: {name} {dev} {direction} {source} > {target} {kind}")
    return not missing


def field(text, name):
    match = re.search(rf"(?:^| ){name} (\S+)", text)
    return match[1] if match else ""


def traced(text):
    """The packet a trace is about, in words; whether it is worth showing; its addresses alone."""
    source, target = field(text, "ip saddr"), field(text, "ip daddr")
    device = f"in by {field(text, 'iif')}" if field(text, "iif") else f"out by {field(text, 'oif')}"
    device = device.replace('"', "")
    for protocol in ("tcp", "udp", "sctp"):
        if field(text, f"{protocol} dport"):
            flags = field(text, "tcp flags ==") if protocol == "tcp" else ""
            if flags.startswith("0x"):
                bits = int(flags, 16)
                flags = ",".join(name for bit, name in enumerate(("fin", "syn", "rst", "psh", "ack")) if bits >> bit & 1)
            way = f"{source}:{field(text, protocol + ' sport')} > {target}:{field(text, protocol + ' dport')}"
            shown = protocol != "tcp" or "syn" in flags or "rst" in flags
            return f"{protocol.upper()} {flags.upper()} {way}, {device}".replace("  ", " "), shown, way
    kind = field(text, "icmp type")
    kind += "" if kind.startswith("echo") else " " + field(text, "icmp code")
    way = f"{source} > {target}"
    return f"ICMP {kind} {way}, {device}", True, way


def same_packet(a, b):
    """The kernel gives a packet a new number when it is rewritten; its IP id and one of its ports stay."""
    if field(a, "ip id") != field(b, "ip id"):
        return False
    ports = [{field(text, f"{p} {side}") for p in ("tcp", "udp", "sctp") for side in ("sport", "dport")} - {""} for text in (a, b)]
    return not ports[0] or bool(ports[0] & ports[1])


def step(family, table, chain, kind, rest):
    """A line of a trace in words: where, what matched, what follows."""
    where = f"{table if family == 'ip' else f'{family} {table}'} {chain}"
    rest = re.sub(r"\s+", " ", rest).strip()
    if kind == "policy":
        return f"{where}: end of chain, policy {rest.split(' ')[0]}"
    verdict = re.search(r"\(verdict ([^)]*)\)$", rest)
    text = re.sub(r"\(verdict [^)]*\)$|counter packets \d+ bytes \d+ ?", "", rest).strip()
    text = re.sub(r"(?:^| )((jump|goto) \S+|return|accept|drop|continue)$", "", text)
    verdict = verdict[1] if verdict else kind
    verdict = verdict.replace("jump ", "").replace("goto ", "").replace("continue", "goes on")
    return f"{where}: {text + ' ' if text else ''}-> {verdict}"


def traces(name):
    """What the kernel traced in a namespace: packets in order, each with its lines."""
    found, by_id = [], {}
    for line in lines(f"run/{name}.trace"):
        match = re.match(r"trace id (\S+) (\S+) (\S+) (\S+) (packet:|rule|policy|verdict)\s*(.*)", line)
        if not match:
            continue
        number, (family, table, chain, kind, rest) = match[1], match.groups()[1:]
        # Our own rule that asks for the trace comes first for every packet; it tells how the packet came in.
        first = table == "kubehop-lab"
        if kind == "packet:":
            trace = None if first else by_id.get(number)
            if trace is None and not first:
                trace = next((trace for trace in reversed(found) if same_packet(trace["last"], rest)), None)
            if trace is None:
                trace = {"first": rest, "last": rest, "steps": []}
                found.append(trace)
            elif traced(rest)[2] != traced(trace["last"])[2]:
                trace["steps"].append((None, f"now {traced(rest)[2]}"))
            by_id[number], trace["last"] = trace, rest
        elif not first and number in by_id:
            by_id[number]["steps"].append(((table, chain, kind), step(family, table, chain, kind, rest)))
    return found


def rules():
    silent = []
    for name in names:
        shown, seen = [], set()
        for trace in traces(name):
            words, worth, _ = traced(trace["first"])
            if not full and words in seen:
                continue
            seen.add(words)
            # A chain of which no rule matched says nothing, unless its policy drops.
            matched = {(at[0], at[1]) for at, _ in trace["steps"] if at and at[2] == "rule"}
            steps = [
                text
                for at, text in trace["steps"]
                if full or at is None or at[2] != "policy" or at[:2] in matched or not text.endswith("accept")
            ]
            if full or worth:
                shown.append((words, steps))
        if not any(steps for _, steps in shown):
            silent += [name] if shown else []
            continue
        print(f"\n== rules in {name}")
        for words, steps in shown:
            print(f"   {words}")
            for text in steps or ["no rule matched"]:
                print(f"      {text}")
    if silent:
        print("\n== packets, but no rule that matched, in " + ", ".join(silent))


def conntrack():
    for name in names:
        entries = lines(f"run/{name}.conntrack")
        if entries:
            print(f"\n== conntrack in {name}")
            for entry in entries:
                print("   " + re.sub(r"^ipv4\s+\d+\s+", "", entry))


def main():
    resolution()
    as_expected = packets()
    rules()
    conntrack()
    result = "\n".join(lines("run/client.txt")) or "error:no-client"
    code = result.split(" ")[0].rstrip(":")
    good = code in expected
    print("\n== result")
    print(f"   client:   {result}")
    served = [line for line in lines("run/servers.new") if " sees " in line]
    for line in served or ["none saw it"]:
        print(f"   server:   {line}")
    print(f"   expected: {' or '.join(expected)}{'' if good else '   <-- DIFFERENT'}")
    return 0 if good and as_expected else 1


sys.exit(main())
