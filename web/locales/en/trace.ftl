who-pod = Pod { $name }
who-service = Service { $name }
who-outside = host outside ({ $address })
who-host = host { $name }
who-host-outside = host outside
who-container = container { $name }
who-router = router { $name }

place-socket = process
place-routing = routing
place-bridge = bridge { $dev }
place-bridge-hook = { $hook } (called by bridge { $bridge })

leg-dns = DNS question: { $name } { $record }
leg-dns-answer = DNS answer: { $answer }
leg-connect = Request: { $kind }
leg-data = Data: { $kind }
leg-proxy = Request of a proxy: { $kind }
leg-reply = Reply: { $kind }
leg-ack = The connection stands: { $kind }
leg-proxy-header = PROXY header: { $kind }
leg-tls = TLS: { $kind }
leg-request = HTTP request: { $kind }
leg-response = HTTP response: { $kind }
leg-close = The connection ends: { $kind }
leg-error = Error: { $kind }
leg-word-dns = DNS question
leg-word-dns-answer = DNS answer
leg-word-connect = request
leg-word-data = data
leg-word-proxy = proxy
leg-word-reply = reply
leg-word-ack = acknowledgement
leg-word-proxy-header = PROXY header
leg-word-tls = TLS
leg-word-request = HTTP request
leg-word-response = HTTP response
leg-word-close = close
leg-word-error = error

step-request-sent = sends { $request }
step-request-read = reads { $request }
step-response-sent = answers { $status }
step-response-read = reads the response { $status }
step-proxy-header-sent = says whose connection it carries on: that of { $client }
step-proxy-header-read = is told whose connection this is: that of { $client }
step-tls-hello-sent = begins TLS for { $name }
step-tls-hello-sent-unnamed = begins TLS
step-tls-hello-read = is asked for TLS, for { $name }
step-tls-hello-read-unnamed = is asked for TLS
step-tls-certificate-sent = sends its certificate
step-tls-certificate-read = gets the certificate
step-tls-alert-sent = cannot read it and closes
step-tls-alert-read = is told that the other end closes
step-decided = reads { $request } → { $to }
step-close = closes its side of the connection to { $address }
step-close-ack = acknowledges the end to { $address }
step-send = sends { $kind } to { $address }
step-dns-ask = asks for { $name } ({ $record })
step-dns-answer = sends the DNS answer
step-dns-asked = receives the question
step-dns-answered = receives the answer: { $answer }
step-accepted = accepts the connection from { $peer }
step-datagram = receives the datagram from { $peer }
step-answer = receives the answer from { $peer }
step-established = the connection is established
step-data = receives data from { $peer }
step-finished = reads the end of what { $peer } sends
step-closed = the connection is over
step-noted = is told of trouble and goes on
step-told = learns that its segments are too long
step-failed = is told that it failed
step-echo = receives the echo request
step-ingress = the frame arrives
step-encap = { $dev } wraps it for { $remote }
step-decap = { $dev } unwraps it
step-egress = the frame leaves
step-egress-to = the frame leaves → { $where }
step-routing = routing decision
step-route-local = { $dst } is an address of this host
step-route-via = route to { $dst } via { $via } by { $dev }
step-route-link = route to { $dst } directly by { $dev }
step-hook = no rule applies
step-rules = { $count ->
    [one] one rule matches
   *[other] { $count } rules match
}
step-marked = marked { $mark }
step-dnat = DNAT to { $dst }
step-snat = SNAT: the source becomes { $src }
step-nat-destination = destination translated to { $dst } by conntrack
step-nat-source = source translated to { $src } by conntrack
step-bridge = the bridge takes the frame
step-bridge-local = the bridge hands it up to the host
step-bridge-port = the bridge sends it to port { $port }
step-bridge-flood = the bridge floods it to { $count ->
    [one] one port
   *[other] { $count } ports
}

event-socket-send = A process sends to { $address }.
event-route-local = { $dst } belongs to this host: the packet is delivered here.
event-route-via = The next hop towards { $dst } is { $via }, by { $dev }.
event-route-link = { $dst } is reached directly by { $dev }.
event-route-refusing = The route to { $dst } refuses packets.
event-route-source = Source address chosen: { $src }
event-no-route = No route leads to { $dst }.
event-ttl = Forwarding takes one off the TTL.
event-ttl-set = The rule sets the TTL.
event-conn-marked = The rule changes the mark of the connection.
event-list-found = { $address } is on the list { $list }, last written { $age ->
    [0] less than a second ago
    [one] one second ago
   *[other] { $age } seconds ago
}: the rule holds.
event-list-stale = { $address } is on the list { $list }, but last written { $age ->
    [one] one second ago
   *[other] { $age } seconds ago
}: too old for the rule.
event-list-noted = { $address } is written down on the list { $list }.
trace-fork = { $place }: one of { $count }
trace-choices = Chosen at random
choice-drawn = { $name } = { $value }: drawn with { $percent } % ({ $place })
choice-address = { $name } = { $value }: the name server gave it first, as it would each of the addresses with { $percent } % (asked from { $place })
choice-name-server = { $name } = { $value }: the server that the resolver begins with (options rotate), one of several with { $percent } % each ({ $place })
choice-upstream = { $name } = { $value }: the server that the name server asks first (policy random), one of several with { $percent } % each ({ $place })
choice-route = { $name } = { $value }: where the request went, of several by their weights, with { $percent } % ({ $place })
choice-backend = { $name } = { $value }: the server that the proxy was about to send to, one of several with { $percent } % each ({ $place })
choice-next-hop = { $name } = { $value }: the next hop that the route's hash of this flow leads to, with { $percent } % ({ $place })
choice-port = { $name } = { $value }: drawn from { $range } ({ $place })
choice-flow-hash = { $name } = { $value }: one of { $range }, by a hash of the inner packet's addresses and ports ({ $place })
trace-remembered = The nodes remember now
trace-remembered-entry = { $node }: { $list } has { $address }, { $age ->
    [0] just written
    [one] written one second ago
   *[other] written { $age } seconds ago
}
trace-time-past = The same was sent { $count ->
    [one] once
   *[other] { $count } times
} before, { $wait ->
    [one] one second
   *[other] { $wait } seconds
} apart.
trace-kept = { $ended ->
    [no] Sent on the connection that was opened { $age ->
        [0] at this moment
        [one] one second before
       *[other] { $age } seconds before
    }.
    [eof] The connection that was opened { $age } s before had been closed by the other side (FIN), and the client had closed its own: this is another one.
    [timeout] On the connection that was opened { $age } s before nothing was acknowledged for too long: the client gave it up. This is another one.
   *[other] The connection that was opened { $age } s before was broken ({ $ended }). This is another one.
}
trace-keeps = The connection stays open.
trace-knows = The client keeps the address that it found.
trace-known = The client did not ask anew: it uses { $address }, which it found { $age ->
    [0] at this moment
    [one] one second before
   *[other] { $age } seconds before
}.
trace-time-again = Send again
trace-time-later = Again, { $wait } seconds later
trace-time-reset = Forget what was sent before
event-lookup-hit = { $key } is looked up in { $map } and found.
event-lookup-missing = { $key } is looked up in { $map } and not found.
lookup-own-map = the map of the rule
event-logged = The rule writes the packet to the log.
event-rule = { $table } { $chain }: rule { $number } of { $of } matches → { $verdict }
event-chain-policy = { $table } { $chain }: no rule decides, the policy is { $policy }
event-chain-end = { $table } { $chain }: end of the chain, back to the caller
event-chain-empty = { $table } { $chain }: empty, back to the caller
event-skipped = { $count ->
    [one] One rule before it did not match
   *[other] { $count } rules before it did not match
} ({ $why })
failed-source = source address
failed-destination = destination address
failed-in-dev = incoming interface
failed-out-dev = outgoing interface
failed-protocol = protocol
failed-source-port = source port
failed-destination-port = destination port
failed-ct-state = connection state
failed-mark = mark
failed-addr-type = address type
failed-random = the draw went the other way
failed-recent = not seen recently
failed-fragment = fragment or not
failed-tcp-flags = TCP flags
failed-icmp-type = ICMP type
failed-ports = ports
failed-ip-range = address range
failed-set = not in the set
failed-phys-dev = bridge port
failed-connection = property of the connection
failed-conn-mark = connection mark
failed-nth = another packet's turn
failed-packet-type = packet type
failed-ttl = TTL
failed-length = packet length
failed-mac-source = source MAC address
failed-dscp = type of service
failed-reverse-path = way back to the source
failed-owner = whose socket it comes from
failed-lookup = no element of the map or set
failed-expression = no value in this packet
failed-unknown = a match that is not modelled
verdict-continue = next rule
verdict-nat = translate
event-nat-skipped = The nat table is not asked: only the first packet of a connection goes through it.
event-dnat-rule = DNAT: the rule rewrites the destination.
event-snat-rule = SNAT: the rule rewrites the source.
event-nat-destination-conntrack = The conntrack entry translates the destination.
event-nat-source-conntrack = The conntrack entry translates the source.
event-marked = The rule marks the packet.
event-conntrack-created = Conntrack makes an entry; the packet's state is { $state }.
event-conntrack-found = Conntrack knows the connection; the packet's state is { $state }.
event-conntrack-removed = Conntrack knows the connection (state { $state }) and removes its entry: a reset is the first answer.
event-conntrack-confirmed = Conntrack puts the entry into its table.
event-conntrack-invalid = Conntrack cannot make sense of the packet (INVALID).
event-untracked = The packet is not tracked (UNTRACKED).
event-reroute = The packet was changed in OUTPUT and is routed again.
event-neighbour-configured = { $ip } is at { $mac } on { $dev } (configured).
event-neighbour-learned = { $ip } is at { $mac } on { $dev } (known already).
event-arp = ARP on { $dev }: who has { $ip }? { $who } answers: { $mac }. { $count ->
    [one] One interface
   *[other] { $count } interfaces
} saw the question.
event-arp-proxy = ARP on { $dev }: who has { $ip }? { $who } answers with its own { $mac } (proxy ARP): no interface of it has the address, but it has a route that leads elsewhere for it. { $count ->
    [one] One interface
   *[other] { $count } interfaces
} saw the question.
event-arp-process = ARP on { $dev }: who has { $ip }? A process on { $who } answers with that interface’s { $mac }: no interface has the address, and the kernel takes no part. { $count ->
    [one] One interface
   *[other] { $count } interfaces
} saw the question.
event-arp-failed = ARP on { $dev }: nobody answers for { $ip }.
event-fdb-learn = Bridge { $bridge } learns: { $mac } is behind { $port }.
event-fdb-hit = Bridge { $bridge } knows { $mac }: it is behind { $port }.
event-fdb-local = { $mac } is bridge { $bridge } itself: the frame goes up to the host.
event-fdb-flood = Bridge { $bridge } does not know { $mac } and sends a copy to { $count ->
    [one] one port
   *[other] { $count } ports
}.
event-copied = { $count ->
    [one] One copy goes
   *[other] { $count } copies go
} beside the frame that is followed here, with the same connection:
copy-by-port = by { $port }: { $end }
copy-up = up to { $port } itself, which listens to everything: { $end }
copy-to-end = to the tunnel's end at { $port }: { $end }
copy-dropped = { $reason } ({ $place })
copy-delivered = taken by { $where }
event-encap-port = The outer source port { $port } follows from a hash of the inner packet, so that routers spread the flows.
event-transmit = { $dev } hands the frame to { $peer } in { $where }.
event-fragmented = It is longer than the MTU of { $mtu } bytes and goes on in { $count } fragments: { $sizes } bytes.
event-segments = { $bytes } bytes go in { $count } segments of up to { $size } bytes (MSS less timestamps). This is the first; those behind it are no longer.
event-path-mtu = The route cache now says that packets to { $to } may have { $mtu } bytes, for ten minutes.
event-path-mtu-locked = The route cache now says that packets to { $to } may have { $mtu } bytes, for ten minutes. So little fits that they may be cut on the way: don't-fragment is no longer set.
event-pieces-lost = Fragments of { $sizes } bytes are longer than { $dev } of { $where } takes (MTU { $mtu }) and are dropped there silently.
event-pieces-passed = Shorter ones pass: { $sizes } bytes.
event-pieces-unsent = The kernel stops at the first fragment that fails and does not send the rest: { $sizes } bytes.
event-piece-first = Rules see each fragment by itself. The first, { $size } bytes, has the ports.
event-piece-seen = The fragment from byte { $offset } on, { $size } bytes: it has no ports.
event-piece-dropped = This fragment, { $size } bytes from { $offset } on, is discarded. The others go on.
event-reassembled = The { $count } fragments are put together again.
event-encap-configured = { $dev } has a forwarding entry for { $mac }: it wraps the frame (VNI { $vni }) for { $remote }.
event-encap-learned = { $dev } learned that { $mac } is at { $remote } and wraps the frame (VNI { $vni }) for it.
event-encap-default = { $dev } has no entry for { $mac } and wraps the frame (VNI { $vni }) for { $remote }{ $copies ->
    [0] {""}
    [one] {" "}and one more
   *[other] {" "}and { $copies } more
}.
event-decap = { $dev } takes the frame out of the packet from { $remote } (VNI { $vni }).
event-decap-learned = { $dev } takes the frame out of the packet from { $remote } (VNI { $vni }) and learns that { $mac } is there.
event-encap-ip = { $dev } puts the packet into another one (IP in IP, protocol 4) for { $remote }, TTL { $ttl }.
event-encap-ip-next-hop = { $dev } names no other end: it puts the packet into another one (IP in IP, protocol 4) for the route’s next hop, { $remote }, TTL { $ttl }.
event-decap-ip = { $dev } takes the packet out of the one from { $remote } (IP in IP).
event-rewrite = The Ethernet header is written.
event-accepted = { $process } listens on port { $port } and accepts.
event-datagram = { $process } listens on port { $port } and receives it.
event-answer = The waiting connection receives its answer.
event-established = The handshake is complete.
event-data = The process reads the bytes.
event-finished = The far side sends no more: read(2) returns 0, and the process closes its own side.
event-closed = Both sides are closed: the socket is gone.
event-noted = The connection stays: the kernel notes the error and sends the bytes again.
event-told = The connection takes no harm: it sends the bytes again, in shorter segments.
event-failed = The connection attempt ends with { $errno }.
event-echo = The kernel answers the echo request.
answer-handshake-answer = The kernel answers with SYN-ACK.
answer-handshake-ack = The kernel answers with the final ACK.
answer-close-ack = The kernel acknowledges the end and remembers the connection for a minute (TIME_WAIT).
answer-reset = The kernel answers with a reset.
answer-echo-reply = The kernel answers with an echo reply.
answer-icmp-error = The kernel answers with ICMP type { $type } code { $code }.

next-place = Next: { $place }
next-leg = Next: { $leg }, from { $place }
next-end = The packet has arrived. This is the last step.
next-dropped = The packet ends here. Nothing comes after it.

component-kernel = The kernel
component-host = The machine's own set-up
component-administrator = The administrator or installer
component-underlay = The network between the nodes
component-kubelet = kubelet
component-container-runtime = The container runtime
component-cni = The CNI plugin “{ $name }”
component-cni-portmap = The CNI plugin “portmap”
component-kube-proxy-iptables = kube-proxy
component-kube-proxy-nftables = kube-proxy (nftables)
component-ip-masq = The masquerade set-up
component-workload = The process in the container
component-core-dns = CoreDNS
component-docker = The Docker engine
component-node-image = The node image
component-istio = Istio
component-linkerd = Linkerd
component-machine = the machine as it was seen
component-load-balancer = the load balancer
because-object-field = { $component } made this for { $object }, { $field }
because-object = { $component } made this for { $object }
because-field = { $component } made this, from { $field }
because-component = { $component } made this
because-since = { $because } (so since Kubernetes { $version })

http-title = Request and response
http-request = Request
http-connected = Connected to { $to }.
http-decided = Decided by { $who }
http-seen = What { $who } saw
http-client = Client: { $client }.
http-forwarded = In X-Forwarded-For: { $address }.
http-response = Response
http-no-response = Nothing came back.
trace-heading = { $from } → { $to }
trace-from = From
trace-to = To
trace-send = Send
trace-branches = { $count ->
    [one] One way
   *[other] { $count } ways
} it can go
trace-branches-result = { $count } { $result }
trace-branches-cut = and more
trace-branches-more = { $count ->
    [one] One more way
   *[other] { $count } more ways
}
trace-branch-share = { $percent } %
trace-branch-only = always
trace-steps = Steps
trace-hops = Hops, in order
trace-now = Now
trace-player = Player
trace-first = First step
trace-previous = Step back
trace-next = Step forward
trace-last = Last step
trace-play = Play
trace-pause = Pause
trace-scrub = Step
trace-speed = Speed
trace-follow = Follow the packet
trace-keys = Keys
trace-keys-title = Arrow keys step, Home and End jump, space plays, + and - change the speed. Press to switch these keys on or off.
trace-where = Where
trace-packet = Packet
trace-what = What happened
trace-why = Why
trace-cause = Cause
trace-ttl = TTL
trace-mark = mark
trace-before = Rules before it
trace-help = What this means
trace-decided = Decided at step { $step }
trace-fixes = What would let it through
trace-fixes-more = { $count ->
    [one] One other way
   *[other] { $count } other ways
}
trace-changed-name = { $name }, changed
trace-try = Try it
trace-assumed = Assumed
trace-verdict = Verdict
trace-hosts = /etc/hosts: { $name } is { $ip } ({ $why ->
    [loopback] loopback
    [alias] hostAliases
    [own] its own name
   *[other] a node's name
}); no name server is asked.
dns-beyond = not simulated
race-heading = A and AAAA at once: what may happen
race-lead = A and AAAA for { $name } leave one socket for { $server } at once. Where connection tracking knows neither yet, each gets an entry, and only one of them can be put into the table.
race-entry = { $who }: { $entry }
race-place = { $place } ({ $percent } %)
race-places = The other one is translated by a draw of its own: { $places }. With { $percent } % it is not where the first one went.
race-kernels-old = Linux before { $from }: where both meet, the second is dropped with { $percent } %.
race-kernels-between = Linux { $from } to { $to }: dropped with { $percent } %.
race-kernels = Linux { $from } and later: dropped with { $percent } %.
race-kernel = This node has Linux { $version }: where both meet, the second is dropped with { $percent } %.
race-wait = A question that was dropped costs { $seconds } s until both are asked again (options timeout).
race-cure = Never where the second question waits or has a socket of its own (options single-request-reopen), in a stream (use-vc), and where packets are not tracked (NodeLocal DNSCache).
race-not-asked = Nothing was asked by datagrams, so nothing races.
race-one-type = { $name } is asked for one type only, so nothing races.
race-one-by-one = With single-request, AAAA waits for the answer to A: nothing races.
race-reopened = With single-request-reopen, A and AAAA have a socket each: nothing races.
race-stream = With use-vc, A and AAAA are in one stream: nothing races.
race-untracked = No namespace on the way tracks these packets, so nothing races.
dns-forward-answered = asks { $server } over { $transport } for { $name } { $type }, which answers
dns-forward-silent = asks { $server } over { $transport } for { $name } { $type }, and nothing comes back
dns-forward-refused = asks { $server } over { $transport } for { $name } { $type }, which refuses
dns-forward-unknown = asks { $server } over { $transport } for { $name } { $type }; what it says is not simulated
dns-silent = no answer
dns-address = { $ip } is an address: nobody is asked.
dns-cost = { $questions ->
    [one] 1 question
   *[other] { $questions } questions
}, { $packets } packets, { $flows ->
    [one] 1 socket
   *[other] { $flows } sockets
} (each an entry of connection tracking on every node it passes), { $seconds } s waited
musl-result = With musl (Alpine): { $addresses }
musl-no-search = It asks for a name with as many dots as ndots as it stands, and nowhere else.
musl-ends-without-address = It ends at the first name that exists without an address.
musl-ends-at-failure = It ends at the first failure of a server.
musl-all-at-once = It asks all servers at once, and the first answer counts, whoever gives it.
musl-no-stream = Before version 1.2.4 it asks nothing over TCP and takes what fits into a datagram.
dns-kept = From a cache on the way, which had kept it for { $age } s (plugin cache).
dns-kept-short = cached { $age } s ago
dns-rotates = The order of the addresses changes from answer to answer (loadbalance).
trace-leans-on = The result depends on these assumptions
trace-not-simulated = Not simulated, and it could change the result
trace-resolver = Name resolution from { $who }
trace-scenario = Scenario
trace-result = Result
trace-empty = No packet was sent
trace-old = old
trace-new = new
trace-rule-link = Show the rule
trace-link-link = Show the interface
trace-inspect = Details of a rule or interface
detail-close = Close
transcript-where = Where
transcript-what = What
transcript-packet = Packet
export = Export
export-svg = The picture of this step: opens in every browser, sharp at any size, with everything inside.
export-animated-name = SVG, animated
export-animated = All steps in one file that plays by itself, without a script; it rests while the pointer is on it, and for readers who want no motion.
export-png = The picture of this step as pixels: for chats, slides and documents. Very large pictures are made smaller.
export-md = A transcript in Markdown, for tickets and wikis: every hop, the rules that acted, what would mend it.
export-json = The whole trace for programs; its schema is /schema/trace.json.
export-compare = the same probe under another network plugin or mode of kube-proxy, step beside step
export-pcapng = A capture of what tcpdump would have seen on every interface, with the rules that acted as comments: opens in Wireshark.
export-interfaces = { $count ->
    [one] One interface alone
   *[other] One of { $count } interfaces alone
  }
export-lesson-name = Lesson
export-lesson = Questions about this trace as the folder of a lesson, to be changed and taught.
export-lab = An archive of scripts that build this network on a real Linux kernel and send this packet there, with a README to follow.

## How large packets may be, and who answers at which TTL

measure-title = Packet sizes and hops
measure-sizes = How large packets may be
size-way-forth = From the client
size-way-back = To the client
size-largest = At most { $size } bytes of payload arrive in one packet ({ $packet } bytes with its headers).
size-none = Nothing arrives.
size-cut = Up to { $whole } bytes it travels whole; what is longer is cut into fragments on the way.
size-beyond = With { $size } bytes ({ $packet } with headers) it ends at { $place }: { $reason }
size-told-at-once = The sender’s own kernel refuses it (EMSGSIZE); nothing is sent.
size-told-icmp = { $who } answers from { $from } with ICMP type 3 code 4: { $mtu } bytes fit. The sender remembers that.
size-told-icmp-lost = { $who } answers with ICMP type 3 code 4, and that ends at { $at }: { $reason } The sender never learns it: a path MTU black hole. Small requests work, large transfers hang.
size-told-silent = No ICMP error comes back: the sender never learns it.
size-stop = { $length } of { $mtu } bytes
size-stop-overhead = ({ $overhead } of them added by { $tunnel })
size-stop-pieces = in { $count } fragments
size-sent = { $count ->
    [one] One exchange was simulated for this, with don’t-fragment set.
   *[other] { $count } exchanges were simulated for this, each with don’t-fragment set and nothing remembered from the ones before.
}
size-nothing-sent = No connection was tried, so there is nothing to measure.
size-legend = Bar: the packet, what tunnels add, and the MTU as the line where it ends
ttl-heading = Who answers at which TTL, on the way to { $to } ({ $protocol })
ttl-router = the TTL runs out here, and it says so
ttl-destination = the destination answers
ttl-error = the way ends here with ICMP type { $type } code { $code }: { $reason }
ttl-lost = its answer ends at { $at }: { $reason }
ttl-nothing = it ends here without a word: { $reason }
ttl-column-ttl = TTL
ttl-column-from = Seen
ttl-column-who = Machine
ttl-column-text = What happens
event-request-sent = The process sends the request { $request }.
event-request-read = The process reads the request { $request }.
event-response-sent = The process answers with { $status }.
event-response-read = The process reads the response { $status }.
event-proxy-header-sent = The proxy says before all else whose connection it carries on (PROXY protocol, { $version }): that of { $client }, who asked for { $server }.
event-proxy-header-read = A PROXY header ({ $version }) stands before all else in the connection: it carries on that of { $client }, who asked for { $server }.
event-tls-hello-sent = The process begins TLS and names the host that it wants in the clear (SNI): { $name }.
event-tls-hello-sent-unnamed = The process begins TLS; for an address it names no host.
event-tls-hello-read = The process is asked for TLS, for the host { $name } (SNI).
event-tls-hello-read-unnamed = The process is asked for TLS, for no host in particular.
event-tls-certificate-sent = The process answers with its certificate; what follows only the two ends can read.
event-tls-certificate-read = The certificate comes; what follows only the two ends can read.
event-tls-alert-sent = The process cannot make anything of it and closes the connection.
event-tls-alert-read = The other end cannot make anything of it and has closed the connection.
event-decided-rule = { $object } leads to Service { $service } (it matched { $matched }): { $to ->
    [1] the proxy sends to its one endpoint, not to the ClusterIP.
   *[other] the proxy picks one of { $to }, without the ClusterIP.
 }
event-decided-canary = { $object } is the canary that was asked for or drawn: Service { $service } ({ $matched }).
event-decided-no-host = No rule is for this host: { $to }.
event-decided-no-path = Rules are for this host, none of their paths for this one: { $to }.
event-decided-no-service = { $object } names Service { $service }, which does not exist: { $to }.
event-decided-no-port = { $object } names { $service }, but the Service has no such port: { $to }.
event-decided-no-endpoints = { $object } leads to Service { $service }, which has no ready endpoint: { $to }.
event-decided-no-backend = { $object } names no Service for this: { $to }.
event-decided-not-granted = { $object } names Service { $service } of another namespace, which nobody there allowed: { $to }.
event-decided-unsupported = { $object } names what cannot be proxied to: { $to }.
event-decided-to-https = { $object } wants HTTPS: { $to } sends the client there.
event-decided-redirect = { $object } sends the client elsewhere: { $to }.
event-decided-forbidden = { $object } does not let this address in: { $to }.
event-decided-too-large = { $object } takes no request that long: { $to }.
event-decided-preflight = { $object } answers a browser that asks whether it may: { $to }.
event-decided-no-listener = No listener takes this request: { $to }.
event-decided-misdirected = This connection is for another host: { $to }.
event-decided-plain-to-tls = A request in the clear on a port that speaks TLS: { $to }.
event-decided-announced = The PROXY header is no request: { $to }.
event-decided-unannounced = { $object } has connections begin with a PROXY header, and this one does not: it is closed without a word.
decided-closes = it closes
decided-kept = Its connection to the backend stays open, for later requests.

# How much is told, and the story.
trace-level = How much is told
level-story = Story
level-hops = Hops
level-all = Everything
trace-keys-help = Keys
trace-keys-close = Close
keys-step = one back, one on
keys-ends = first, last
keys-play = play, pause
keys-speed = faster, slower
keys-edit = next, previous change of the header
keys-moment = moment before, next moment of the timeline
keys-beat = that beat of the story
keys-help = these keys
beat-names = Name
beat-sent = Sets out
beat-destination = Rewritten
beat-source = Rewritten
beat-wrapped = Wrapped
beat-crossing = Crosses over
beat-arrived = Arrives
beat-dropped = Ends here
beat-decided = Decides
beat-back = Answer
beat-proxied = Second connection
beat-asked = Asks
beat-answered = Answered
beat-done = Received
beat-closed = Done
beat-steps = { $count ->
    [one] { $count } step
   *[other] { $count } steps
}
beat-names-told = asks DNS: { $name } is { $answer }
beat-names-none = asks DNS for { $name }: { $answer }
beat-crossing-text = crosses { $over } to { $to }
trace-list = List
trace-camera = Picture
trace-zoom-in = Zoom in (z)
trace-zoom-out = Zoom out (Shift z)
trace-fit = Show everything (0)
trace-mark-d = dropped
trace-mark-n = address translated
trace-mark-t = into or out of a tunnel
trace-mark-c = connection table changes
keys-follow = Follow the packet, or not
keys-fit = Show everything
keys-zoom = Zoom in, zoom out
keys-pan = Move the picture
step-looked = { $count ->
    [0] Chains without a rule that decides
    [one] 1 rule looked at, it did not decide
   *[other] { $count } rules looked at, none decided
}
door-back = Back to the step
door-at = step { $step }
door-packet = The packet, layer by layer
door-hook = { $hook }, with this packet’s way
door-way = This packet’s way
door-chains = All chains
door-rules = Rules of this machine
door-not-passed = This packet does not come by here.
door-routes = Route table
door-routes-for = Looked up: { $address }
door-route-taken = taken
door-route-other-address = does not have this address
door-route-shorter = has it, but a longer prefix wins
door-route-metric = same prefix, higher metric
door-route-other-hop = another next hop of the same route
door-route-later-table = its table is asked later
door-route-table-not-asked = no rule of ip rule leads to its table
door-route-not-taken = not taken
door-fdb = Forwarding table
door-ports = Ports
door-other-end = { $dev } on { $where }
door-connections = Connections at this step
door-connections-none = No packet of this probe is known here yet.
door-connections-note = What this probe made known here up to this step; what changed at the step is marked.
door-ct-created = made for this packet, not yet in the table
door-ct-found = changed
door-ct-confirmed = put into the table
door-ct-removed = taken out
door-machine = What is here, and where it leads
door-from-here = Probe from here
door-to-here = Probe to here (port { $port })
door-addresses = Addresses
door-listening = Listens
door-inspect = Look inside
door-more = and { $count } more
layers-field = Field
layers-before = Before
layers-after = After
layers-mark = Mark (kernel only)
trace-layers = Layers of the packet
trace-connections = Connections of this machine
door-rules-met = What rules here did to this packet
door-rules-none = No rule here decided anything about this packet.
door-service-rules = Its rules on all nodes
door-endpoints = Endpoints
door-endpoints-none = Nothing is behind it.
door-endpoint-ready = ready
door-endpoint-unready = not ready
door-mtu = What fits
trace-details = What happens at this step
door-on-map = Everything about it, on the map
