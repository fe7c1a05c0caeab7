cli-lab-folder = --out: { $folder } is neither empty nor a lab. Name a new folder.
cli-lab-is-up = --out: the lab in { $folder } is up. Run its down.sh first (sudo { $folder }/down.sh).
cli-lab-written = { $folder }: { $files } files, { $namespaces } network namespaces
cli-lab-no-connection = The client is not in the network, so nothing is sent, and there is no probe.sh.
cli-lab-next = README.md tells more. Next:

lab-title = Lab: { $from } → { $to }
lab-title-network = Lab: a cluster's network
lab-lead = These scripts build the network that kubehop computed on a real Linux kernel: { $count ->
    [one] one network namespace
   *[other] { $count } network namespaces
} with the same devices, addresses, routes, sysctls and rules. What the real kernel does with a packet can then be compared with what kubehop says.
lab-up = builds the network; may be run again and then starts afresh
lab-probe = sends the probe and shows packets, rules, conntrack and the result
lab-down = takes everything away again
lab-needs = Needs Linux, root, and these programs: iproute2, iptables (1.8 or newer, with its nft back end, as `iptables --version` tells), nftables, tcpdump and python3. On Debian and Ubuntu: `sudo apt install iproute2 iptables nftables tcpdump python3`.
lab-expected = What is expected
lab-no-connection = The client is not in the network, so nothing is sent, and there is no `probe.sh`.
lab-resolver = The name { $name } is looked up first: `client.py` asks as the Pod's resolver would (`resolv.conf`), and `serve.py` answers as CoreDNS does where CoreDNS runs (`dns.txt`). Which CoreDNS Pod answers is drawn by the kernel for each name that is tried.
lab-draws = The rules pick an endpoint at random, and the real kernel draws for itself. These { $count } ways exist; `probe.sh` watches all of them, and the hops below are one of them:
lab-more = and more
lab-namespaces = What each namespace stands for
lab-column-name = Network namespace
lab-column-role = Stands for
lab-on-way = on the way
lab-role-node = { $name }: a node, its root namespace
lab-role-lan = { $name }: the switch between the nodes
lab-role-gateway = { $name }: the router behind the nodes, with all that is outside
lab-names = `names.txt` maps all names, also those of devices that had to be shortened.
lab-way = The way, hop by hop
lab-way-text = Each hop with the rules that should match there. `probe.sh` marks each packet that was expected with `=`, says which were not seen, and shows the rules that did match, from the kernel's own trace. `expected.txt` has more of each hop, `expected.json` is for programs.
lab-look = Look around
lab-look-text = After `up.sh`, any command can be run inside a namespace. After `probe.sh`, counters and conntrack entries are there:
lab-look-route = routes
lab-look-counters = rules with packet counters
lab-look-conntrack = connections that conntrack remembers: four addresses forward, four back
lab-look-shell = a shell inside
lab-safe-title = What is touched
lab-safe = Only the namespaces above, which `up.sh` makes, and the folder `run/`. Nothing is changed outside of them: no route, rule or sysctl of this machine. `down.sh` deletes them and ends the servers; it can be run at any time, also twice.
lab-differs = Different from a real cluster: every listening socket of a Pod is one small Python server (`serve.py`), there is no container, no kubelet and no kube-proxy, only what they would have written into the kernel.

trace-lab = Lab (Linux)
error-lab-too-large-title = This network is too large for a lab
error-lab-too-large-text = Each Pod and each node would become a network namespace of one machine. Give fewer Pods and nodes: those that take part are enough.
lab-limit-namespaces = { $count } network namespaces; the limit is { $limit }.
lab-limit-elements = { $count } elements of sets; the limit is { $limit }.
lab-limit-commands = { $count } interfaces, addresses and routes; the limit is { $limit }.
lab-limit-rules = { $count } rules; the limit is { $limit }.
