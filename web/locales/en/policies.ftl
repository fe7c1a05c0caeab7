# Policies: what is found in them, who may connect to whom
diag-policy-peer = { $path } { $why ->
    [none] names nobody: it needs a podSelector, a namespaceSelector or an ipBlock.
   *[both] has an ipBlock next to a selector; an entry has either.
}
diag-policy-except = { $path } is { $value }, which is not a part of { $cidr }: only what is inside the range can be taken out of it.
diag-policy-selects-nothing = The policy selects no Pod: in namespace { $namespace } nothing matches { $selector }, so it has no effect.
diag-policy-peer-nobody = { $path } matches { $what ->
    [namespace] no namespace: none has labels that { $selector } asks for. A namespace has no label by itself but kubernetes.io/metadata.name.
   *[pod] no Pod: { $selector } fits none in the namespaces that are meant.
}
diag-policy-port-name = { $path } is { $name }, and no container of the Pods that are meant declares a port of that name for that protocol: the entry matches nothing.
diag-policy-no-dns = { $pods } may only send what a rule allows, and no rule allows port 53: names are not resolved.
diag-policy-range = { $path } is { $value }, a range of { $what ->
    [services] Services: their addresses are translated before a policy looks at the packet, so it matches nothing.
   *[pods] Pods: their addresses change whenever they are made anew. Select Pods by labels; ipBlock is meant for addresses outside of the cluster.
}
diag-policy-selector = { $path } cannot be read at character { $column }: { $what ->
    [unended] a value in quotes does not end.
    [operator] operators are ==, !=, && and ||.
    [comparison] behind a label stands ==, !=, in, not in, contains, starts with or ends with.
    [value] a value in quotes is missing.
    [list] a list in braces is missing, such as {"{"}'a', 'b'{"}"}.
    [parenthesis] a closing parenthesis is missing.
    [brace] a closing brace is missing.
    [rest] the selector is complete before this.
    [global] global() may only stand alone, in the namespaceSelector of a rule’s source or destination.
    [deep] there are too many parentheses in each other.
   *[expected] a comparison of a label, has(…), all() or a parenthesis is missing.
} The selector is { $value }.
diag-policy-not-read = { $path } is not simulated: what this policy does to the Pods it selects is not known here.
diag-policy-tier = The input has no Tier { $tier }: when this policy is asked is not known here, and what it does is not simulated.
diag-policy-unenforced = Policies have no effect here: { $cni } enforces none, and nothing else in the input does.

# A connection that no policy lets pass
why-policy-denies = A rule of { $policies } denies { $direction ->
    [Ingress] what comes to Pod { $pod } from { $other } on { $port }.
   *[Egress] what Pod { $pod } sends to { $other } on { $port }.
}{ $seen ->
    [dialled] {" "}Policies see the destination behind the translation of Services: the Pod’s own address and port.
    [sender] {" "}Policies do not see who asked: the packet had been given another source address on the way.
    [node] {" "}The source that policies see is a node’s address: what a node or a Pod in its network sends has no labels.
   *[same] {""}
}
why-policy-no-rule = { $policies } selects Pod { $pod } { $direction ->
    [Ingress] for what comes in, and has no rule that lets anybody in: not { $other } on { $port } either.
   *[Egress] for what it sends, and has no rule that lets anything out: not to { $other } on { $port } either.
}{ $seen ->
    [dialled] {" "}Policies see the destination behind the translation of Services: the Pod’s own address and port.
    [sender] {" "}Policies do not see who asked: the packet had been given another source address on the way.
    [node] {" "}The source that policies see is a node’s address: what a node or a Pod in its network sends has no labels.
   *[same] {""}
}
why-policy-peer = { $policies } selects Pod { $pod } { $direction ->
    [Ingress] for what comes in, and none of its rules lets { $other } in on { $port }.
   *[Egress] for what it sends, and none of its rules lets it send to { $other } on { $port }.
}{ $seen ->
    [dialled] {" "}Policies see the destination behind the translation of Services: the Pod’s own address and port.
    [sender] {" "}Policies do not see who asked: the packet had been given another source address on the way.
    [node] {" "}The source that policies see is a node’s address: what a node or a Pod in its network sends has no labels.
   *[same] {""}
}
why-policy-port = { $policies } selects Pod { $pod } { $direction ->
    [Ingress] for what comes in; a rule names { $other }, but not { $port }.
   *[Egress] for what it sends; a rule names { $other }, but not { $port }.
}{ $seen ->
    [dialled] {" "}The port is the Pod’s own: policies see the destination behind the translation of Services.
    [sender] {" "}Policies do not see who asked: the packet had been given another source address on the way.
    [node] {" "}The source that policies see is a node’s address: what a node or a Pod in its network sends has no labels.
   *[same] {""}
}
elsewhere-opens = { $from } may then connect to { $to }{ $ports ->
    [all] {" "}on every port.
   *[other] , { $ports }.
}

policies-heading = What policies were asked
policies-of = { $direction ->
    [Ingress] What comes to Pod { $pod }
   *[Egress] What Pod { $pod } sends
}: { $result ->
    [none] no policy selects it, so everything may pass
    [allowed] allowed by a rule
   *[denied] selected by a policy, and no rule lets it pass
}
policies-rule = { $policy }, { $field }: { $said ->
    [no-rule] has no rule for this direction
    [peer] does not name the other end
    [port] names the other end, but not this port
    [own] is not for this Pod
    [denies] denies it
    [logs] writes it into the log
    [passes] leaves it to the next tier
   *[allows] allows it
}

reach-title = Who may connect to whom
reach-from = From
reach-to = To
reach-ports = Ports
reach-change = Change
reach-before = Before
reach-after = After
reach-added = added
reach-removed = removed
reach-changed = changed
reach-graph = Who may connect to whom: { $count } arrows
reach-graph-more = { $count } more are not drawn: narrow it down, or put workloads together by namespace.
reach-nobody = Nobody is called { $name }. Ends are NAMESPACE, NAMESPACE/WORKLOAD, KIND/NAMESPACE/NAME, external, an address or range, ingress.
reach-diff-two = --diff takes what was before and what is now: kubehop reach --diff BEFORE AFTER, or kubehop reach BEFORE --diff AFTER.
reach-diff-format = Differences are told as text, json, csv or md.
reach-note-none = The input has no workload.
reach-note-no-policy = The input has no policy that is read: everybody may connect to everybody.
reach-note-nobody = Policies have no effect here: { $cni } enforces none. What is said holds as if they were enforced.
reach-note-unread = It is not known here how { $cni } enforces policies. What is said is what their API says.
reach-note-unread-policies = Not read, and therefore left out: { $names }.
reach-note-differ = Policies tell the Pods of { $names } apart: what is listed holds for all of them.
reach-note-host = In the network of its node, where no policy selects it and no selector means it: { $names }.
reach-note-refused = The API server refuses { $names }; what policies would say is listed nonetheless.
reach-note-grouped = { $count } pairs are too many to be listed one by one: who is alike stands in a group. A workload in a group is not connected to itself.
reach-note-cut = There are more connections than can be listed: the rest is missing. Name --from or --to.
reach-lead = Of every workload, Ingress and range of addresses outside: who may connect to whom, on which ports of the destination, as policies say. Each cell leads to its reason.
reach-search = namespace/name, external, 10.0.0.0/8 …
reach-group = Put together by
reach-ports-all = all that are allowed
reach-ports-declared = declared by containers
reach-go = Show
reach-none = not allowed
reach-workload = Workload
reach-exposed = Who is open
reach-exposed-none = No workload is open to the whole cluster or to addresses outside.
reach-exposed-about = Workloads open to any Pod of any namespace, or to addresses outside
reach-exposed-more = { $count } more: name an end to see them.
reach-from-cluster = from the whole cluster
reach-from-internet = from the Internet
reach-to-cluster = to the whole cluster
reach-to-internet = to the Internet
reach-somewhere = some ranges
reach-matrix = Matrix
reach-matrix-about = Rows connect to columns
reach-matrix-none = Nobody may connect to anybody here.
reach-narrow = { $count } pairs are too many for one page. Name an end: a namespace, a workload, a part of a name, external.
reach-count = { $count } { $count ->
    [one] pair
   *[other] pairs
}
reach-part = partly
reach-rows-before = Rows before
reach-rows-more = More rows
reach-columns-before = Columns before
reach-columns-more = More columns
reach-graph-title = Graph
reach-arrows = All arrows as text
reach-why-egress = Who connects
reach-why-ingress = To whom
reach-why-outside = Outside of the cluster: no policy limits it here.
reach-why-host = In its node’s own network: no policy selects it.
reach-why-free = No policy selects it for this direction: by its side everything is allowed.
reach-why-selects = { $policy } selects it ({ $field }).
reach-why-rule = { $policy } has a rule that means the other side ({ $field }).
reach-why-rule-none = { $policy } has a rule that means the other side, for ports by names that nothing there declares ({ $field }): it allows nothing.
reach-why-ports = Ports: { $ports }.
reach-why-no-rule = No rule means the other side: nothing is allowed.

reach-exposure-format = Who is open is told as text or json.
reach-note-ranges = Pods may be in ranges of policies ({ $ranges }) by addresses that the input does not give: here they are in none, so that more may connect than is listed. A trace goes by the addresses that were handed out.
