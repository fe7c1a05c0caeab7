#!/usr/bin/env python3
"""The hostile shapes of tests/src/hostile.rs, each as an answer or a clear refusal: time and memory of the command line and of a server.

    cargo build --release -p kubehop && cargo build -p kubehop-tests --bins && tests/benches/hostile.py

`check` and `trace` are whole processes. The server is a new one for each shape; its time is an upload, the scenario's page and the trace that
the page offers first. Fails where something ends in another way than with an answer or a refusal, or takes more than --seconds or --memory.
"""
import argparse, os, re, subprocess, sys, tempfile, time, urllib.error, urllib.request

SHAPES = [("nodes", 20000), ("kind-nodes", 100000), ("node-sites", 20000), ("services-pods", 4750), ("nodes-services-pods", 250), ("balancers-ranges", 3000), ("ports-ranges", 10000), ("ports-addresses", 4000), ("ports", 16000), ("same-cluster-ip", 16000), ("pending-pods", 10000), ("adopted-pods", 5000), ("containers", 16000), ("template-ports", 1000), ("unknown-fields", 8000), ("endless-names", 1000000), ("ingresses", 8000), ("gateways", 5000)]
parser = argparse.ArgumentParser()
parser.add_argument("--binary", default=os.environ.get("KUBEHOP_BIN", "target/release/kubehop"))
parser.add_argument("--generator", default="target/debug/large-input")
parser.add_argument("--seconds", type=float, default=2)
parser.add_argument("--memory", type=int, default=512, help="MiB")
parser.add_argument("shapes", nargs="*")
asked = parser.parse_args()
work = tempfile.mkdtemp(prefix="kubehop-hostile-")
wrong = []


def command(what, shape, path, probe):
    """Seconds on the clock and on the processor, MiB, and how it ended."""
    words = [asked.binary, what, path] + (["--from", probe[0], "--to", probe[1]] if what == "trace" else [])
    begin = time.time()
    with open(f"{work}/out", "w") as out:
        process = subprocess.Popen(words, stdout=out, stderr=subprocess.STDOUT)
        _, status, usage = os.wait4(process.pid, 0)
    text = open(f"{work}/out").read()
    refused = "would take" in text or "more than" in text and "may" in text
    code = os.waitstatus_to_exitcode(status)
    return report(f"{shape} {what}", time.time() - begin, usage.ru_utime + usage.ru_stime, usage.ru_maxrss >> 10, "refused" if refused else f"ends with {code}", code in (0, 1, 2, 3))


def report(name, clock, cpu, memory, end, fine):
    if not fine or cpu > asked.seconds or memory > asked.memory:
        wrong.append(f"{name}: {cpu:.2f} s, {memory} MiB, {end}")
    return f"{cpu:.2f} s ({clock:.1f}), {memory} MiB, {end}"


class Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


def serve(shape, path):
    """Upload, page, trace on a server of its own: what the server's processor time and memory are afterwards."""
    process = subprocess.Popen([asked.binary, "serve", "--listen", "127.0.0.1:0", "--database-url", f"sqlite://{work}/{shape}.db"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    base = re.search(r"http://\S+", process.stdout.readline()).group(0)
    opener, ends, probe = urllib.request.build_opener(Stay), [], None

    def send(address, body=None, headers={}):
        begin, before = time.time(), spent(process.pid)
        try:
            answer = opener.open(urllib.request.Request(base + address, body, headers), timeout=60)
        except urllib.error.HTTPError as error:
            answer = error
        text = answer.read().decode()
        ends.append((answer.status, spent(process.pid) - before, time.time() - begin))
        return answer, text

    body = b'--b\r\nContent-Disposition: form-data; name="files"; filename="a.yaml"\r\n\r\n' + open(path, "rb").read() + b"\r\n--b--\r\n"
    answer, _ = send("/s", body, {"content-type": "multipart/form-data; boundary=b"})
    if answer.status == 303:
        answer, text = send(answer.headers["location"])
        found = re.search(r'href="(/s/[^"]*/trace\?[^"]*)"', text)
        if answer.status == 200 and found:
            address = found.group(1).replace("&#38;", "&").replace("&amp;", "&")
            query = dict(pair.split("=", 1) for pair in address.split("?")[1].split("&"))
            probe = urllib.request.unquote(query["from"]), urllib.request.unquote(query["to"])
            send(address)
    memory = int(re.search(r"VmHWM:\s+(\d+)", open(f"/proc/{process.pid}/status").read()).group(1)) >> 10
    process.terminate()
    process.wait(40)
    slowest, status = max(cpu for _, cpu, _ in ends), ", ".join(str(status) for status, _, _ in ends)
    return probe, report(f"{shape} server", max(clock for *_, clock in ends), slowest, memory, status, all(status in (200, 303, 413, 422) for status, *_ in ends))


def spent(pid):
    numbers = open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()
    return (int(numbers[11]) + int(numbers[12])) / os.sysconf("SC_CLK_TCK")


print(f"load {os.getloadavg()[0]:.1f}; seconds on the processor (on the clock), peak memory\n\n| shape | input | check | trace | server: upload, page, trace; the slowest of them |\n|---|---|---|---|---|")
for shape, size in SHAPES:
    if asked.shapes and shape not in asked.shapes:
        continue
    path = f"{work}/{shape}.yaml"
    with open(path, "w") as out:
        subprocess.run([asked.generator, "hostile", shape, str(size)], stdout=out, check=True)
    probe, server = serve(shape, path)
    probe = probe or ("external", "kubernetes.default:443")
    row = [f"{shape} {size}", f"{os.path.getsize(path) / 1e6:.1f} MB", command("check", shape, path, probe), command("trace", shape, path, probe), server]
    print("| " + " | ".join(row) + " |", flush=True)
    os.remove(path)
for line in wrong:
    print(f"WRONG {line}")
sys.exit(1 if wrong else 0)
