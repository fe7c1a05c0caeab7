#!/usr/bin/env python3
"""64 clients that upload, look, share, delete, hang up, send nonsense and are slow, for ten minutes; then a report.

    cargo build --release -p kubehop && tests/benches/soak.py [--minutes 10] [--clients 64] [--database-url …] [-- OPTIONS OF serve]

Fails when the server ends, when an answer is 5xx but 503 with Retry-After, when a link that should be there is gone, or when memory
still grows in the second half. Every client has an address of its own (the server trusts this machine as a proxy).
"""
import argparse, asyncio, collections, json, os, random, re, signal, socket, subprocess, sys, tempfile, time, urllib.request

parser = argparse.ArgumentParser()
parser.add_argument("--minutes", type=float, default=10)
parser.add_argument("--clients", type=int, default=64)
parser.add_argument("--binary", default=os.environ.get("KUBEHOP_BIN", "target/release/kubehop"))
parser.add_argument("--database-url")
parser.add_argument("options", nargs="*")
asked = parser.parse_args()
work = tempfile.mkdtemp(prefix="kubehop-soak-")
START = time.time()
END = START + asked.minutes * 60

counts = collections.Counter()      # (kind, status)
wrong = collections.Counter()       # what must not be
links, lost, checked = {}, [], 0    # path -> when it was made
PAGE = "/s/first-service/trace?from=pod/default/client&to=web:80"


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body


async def send(port, client, kind, method, path, body=b"", headers=(), pace=0.0, hang_up=None):
    """One request; None when it was hung up or the server closed without an answer."""
    lines = [f"{method} {path} HTTP/1.1", "host: localhost", "connection: close", f"x-forwarded-for: 203.0.113.{client}"]
    if body or method == "POST":
        lines.append(f"content-length: {len(body)}")
    lines += [f"{name}: {value}" for name, value in headers]
    text = "\r\n".join(lines).encode() + b"\r\n\r\n"
    writer = None
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 22)
        writer.write(text)
        for at in range(0, len(body), 16384):
            writer.write(body[at:at + 16384])
            await writer.drain()
            if pace:
                await asyncio.sleep(pace)
        if hang_up is not None:
            await asyncio.sleep(hang_up)
            counts[kind, "hung up"] += 1
            return None
        raw = await asyncio.wait_for(reader.read(-1), 90)
    except asyncio.TimeoutError:
        wrong[f"{kind}: no answer in 90 s"] += 1
        return None
    except OSError:
        counts[kind, "closed"] += 1
        return None
    finally:
        if writer:
            writer.close()
    head, _, rest = raw.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    if not first.startswith("HTTP/1.1 "):
        counts[kind, "closed"] += 1
        return None
    status = int(first.split(" ")[1])
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    counts[kind, status] += 1
    if status >= 500 and not (status == 503 and "retry-after" in headers):
        wrong[f"{kind}: {status} {path[:60]}"] += 1
    if status == 429 and "retry-after" not in headers:
        wrong[f"{kind}: 429 without Retry-After"] += 1
    return Answer(status, headers, rest)


def manifest(random_, pods):
    name = f"n{random_.randrange(1 << 40):x}"
    parts = [f"---\napiVersion: v1\nkind: Pod\nmetadata: {{name: {name}-{at}, labels: {{app: {name}}}}}\nspec: {{containers: [{{name: c, image: nginx, ports: [{{containerPort: 80}}]}}]}}\n" for at in range(pods)]
    return name, "".join(parts) + f"---\napiVersion: v1\nkind: Service\nmetadata: {{name: {name}}}\nspec: {{selector: {{app: {name}}}, ports: [{{port: 80}}]}}\n"


def form(text):
    body = f'--b\r\nContent-Disposition: form-data; name="files"; filename="a.yaml"\r\n\r\n{text}\r\n--b--\r\n'.encode()
    return body, [("content-type", "multipart/form-data; boundary=b")]


async def upload(port, client, random_, pods, kind="upload"):
    name, text = manifest(random_, pods)
    body, headers = form(text)
    answer = await send(port, client, kind, "POST", "/s", body, headers)
    if answer and answer.status == 303:
        links[answer.headers["location"]] = (time.time(), client, name)
        return answer.headers["location"], name
    return None, name


async def one(port, client, random_):
    global checked
    kind = random_.choices(["look", "cold", "upload", "link", "abort", "bad", "slow", "share", "large", "read slowly"], [30, 8, 8, 16, 6, 12, 2, 6, 1, 2])[0]
    if kind == "look":
        path = random_.choice(["/", "/s/first-service", PAGE, PAGE + f"&step={random_.randrange(60)}", PAGE.replace("trace?", "trace.json?"), PAGE.replace("trace?", "trace.svg?"), "/s/first-service/rules?node=node-a", "/help/rejected"])
        await send(port, client, kind, "GET", path, headers=[("accept-encoding", random_.choice(["gzip", "br", "identity"]))])
    elif kind == "cold":
        await send(port, client, kind, "GET", PAGE + f"&seed={random_.randrange(1 << 30)}")
    elif kind == "upload":
        path, name = await upload(port, client, random_, random_.randrange(1, 40))
        if path:
            await send(port, client, "trace of an upload", "GET", f"{path}/trace?from=pod/default/{name}-0&to={name}:80")
    elif kind == "link" and links:
        path = random_.choice(list(links))
        made = links[path][0]
        answer = await send(port, client, kind, "GET", path)
        checked += 1
        if answer and answer.status in (404, 410) and time.time() - made < 3000:
            lost.append(path)
    elif kind == "abort":
        if random_.random() < 0.5:
            await send(port, client, kind, "GET", PAGE + f"&seed={random_.randrange(1 << 30)}", hang_up=random_.random())
        else:
            body, headers = form(manifest(random_, 300)[1])
            await send(port, client, kind, "POST", "/s", body[: len(body) * 2 // 3] if random_.random() < 0.5 else body, headers, hang_up=random_.random() / 2)
    elif kind == "bad":
        nonsense = bytes(random_.randrange(256) for _ in range(random_.randrange(400)))
        if random_.random() < 0.5:
            body, headers = form("")
            await send(port, client, kind, "POST", "/s", body[:80] + nonsense + body[80:], headers)
        else:
            query = re.sub(rb"[^!-~]|[#\s]", lambda m: b"%%%02X" % m.group()[0], nonsense).decode()
            await send(port, client, kind, "GET", random_.choice(["/s/first-service/trace?", "/s/first-service/state?", "//evil.example/?", "/x/", "/api/v1/scenarios/"]) + query)
    elif kind == "slow":
        body, headers = form(manifest(random_, 50)[1])
        await send(port, client, kind, "POST", "/s", body[:40000], headers, pace=random_.choice([0.1, 1.0]), hang_up=None if random_.random() < 0.5 else 1)
    elif kind == "read slowly":
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1024)
            writer.write(f"GET {PAGE} HTTP/1.1\r\nhost: localhost\r\nx-forwarded-for: 203.0.113.{client}\r\n\r\n".encode())
            for _ in range(10):
                if not await reader.read(512):
                    break
                await asyncio.sleep(0.3)
            writer.close()
            counts[kind, "hung up"] += 1
        except OSError:
            counts[kind, "closed"] += 1
    elif kind == "large":
        await upload(port, client, random_, 1500, kind)
    elif kind == "share":
        mine = [path for path, (_, owner, _) in links.items() if owner == client]
        if not mine:
            return
        path = random_.choice(mine)
        name = links[path][2]
        body = json.dumps({"scenario": path.split("/")[2].split("?")[0], "query": f"from=pod/default/{name}-0&to={name}:80", "lifetime": "1d"}).encode()
        json_ = [("content-type", "application/json")]
        answer = await send(port, client, kind, "POST", "/api/v1/shares", body, json_)
        if not answer or answer.status != 201:
            return
        share = json.loads(answer.body)
        if random_.random() < 0.5:
            links["/x/" + share["id"]] = (time.time(), None, name)
            return
        gone = await send(port, client, "delete", "POST", f"/api/v1/shares/{share['id']}/delete", json.dumps({"key": share["key"]}).encode(), json_)
        if gone and gone.status == 204:
            answer = await send(port, client, "deleted", "GET", "/x/" + share["id"])
            if answer and answer.status in (200, 303):
                wrong["deleted: a share that was deleted is there"] += 1


async def client(port, number):
    random_ = random.Random(number)
    while time.time() < END:
        await one(port, number, random_)
        await asyncio.sleep(random_.random() * 0.2)


def memory(pid):
    with open(f"/proc/{pid}/status") as status:
        return int(re.search(r"VmRSS:\s+(\d+)", status.read()).group(1)) // 1024


def caches(port):
    """MiB of what the server keeps, as it says itself: models, traces, pages."""
    try:
        text = urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5).read().decode()
    except OSError:
        return [0, 0, 0]
    return [int(float(re.search(rf"^kubehop_{name}_cache_bytes (\S+)", text, re.M).group(1))) >> 20 for name in ("model", "trace", "page")]


async def watch(server, port, samples):
    every = max(5, asked.minutes * 60 / 20)
    line = START
    while time.time() < END and server.poll() is None:
        samples.append(memory(server.pid))
        if time.time() >= line:
            kept = await asyncio.to_thread(caches, port)
            print(f"  {time.time() - START:5.0f} s: {samples[-1]:5} MiB, models {kept[0]}, traces {kept[1]}, pages {kept[2]}", flush=True)
            line += every
        await asyncio.sleep(5)


async def main():
    url = asked.database_url or f"sqlite://{work}/soak.db"
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        measures = free.getsockname()[1]
    server = subprocess.Popen([asked.binary, "serve", "--listen", "127.0.0.1:0", "--metrics-listen", f"127.0.0.1:{measures}", "--database-url", url, "--trusted-proxies", "127.0.0.1", *asked.options], stdout=subprocess.PIPE, stderr=open(f"{work}/log", "w"), text=True)
    port = int(re.search(r":(\d+)$", server.stdout.readline().strip()).group(1))
    samples = []
    await asyncio.gather(watch(server, measures, samples), *(client(port, number) for number in range(asked.clients)))
    alive = server.poll() is None
    # Every link that was made, once more.
    for number, path in enumerate(random.Random(1).sample(sorted(links), min(300, len(links)))):
        answer = await send(port, 200 + number % 50, "links at the end", "GET", path)
        if answer and answer.status in (404, 410):
            lost.append(path)
    started = time.time()
    server.send_signal(signal.SIGTERM)
    try:
        server.wait(40)
    except subprocess.TimeoutExpired:
        wrong["SIGTERM: still there after 40 s"] += 1
        server.kill()
    ended = time.time() - started

    print(f"{asked.minutes:g} minutes, {asked.clients} clients, {sum(counts.values())} requests, {len(links)} links made, {checked} looked up, load {os.getloadavg()[0]:.1f}")
    kinds = collections.defaultdict(dict)
    for (kind, status), count in counts.items():
        kinds[kind][str(status)] = count
    for kind, statuses in sorted(kinds.items()):
        print(f"  {kind:20}", ", ".join(f"{status}: {count}" for status, count in sorted(statuses.items())))
    quarter = max(1, len(samples) // 4)
    mean = lambda part: sum(part) / max(1, len(part))
    before, after = mean(samples[quarter:2 * quarter]), mean(samples[-quarter:])
    print(f"  memory: {samples[0]} MiB at first, {before:.0f} MiB in the second quarter, {after:.0f} MiB in the last, {max(samples)} MiB at most; SIGTERM took {ended:.1f} s")
    log = open(f"{work}/log").read()
    if log.strip():
        print("  log, last lines:\n   ", "\n    ".join(log.strip().splitlines()[-5:]))
    if not alive:
        wrong["the server ended"] += 1
    if after > before * 1.25 + 64:
        wrong[f"memory grows: {before:.0f} to {after:.0f} MiB"] += 1
    if lost:
        wrong[f"links lost: {lost[:3]}"] += len(lost)
    for what, count in wrong.items():
        print(f"  WRONG {what} ({count} times)")
    sys.exit(1 if wrong else 0)


asyncio.run(main())
