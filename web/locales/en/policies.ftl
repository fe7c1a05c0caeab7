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
    [sender] {" "}Policies do not see who asked: the packet had been given another source address on the way. The API does not define that; other enforcers may see the first address.
    [node] {" "}The source that policies see is a node’s address: what a node or a Pod in its network sends has no labels. The API does not define how that is treated; other enforcers may differ.
   *[same] {""}
}
why-policy-no-rule = { $policies } selects Pod { $pod } { $direction ->
    [Ingress] for what comes in, and has no rule that lets anybody in: not { $other } on { $port } either.
   *[Egress] for what it sends, and has no rule that lets anything out: not to { $other } on { $port } either.
}{ $seen ->
    [dialled] {" "}Policies see the destination behind the translation of Services: the Pod’s own address and port.
    [sender] {" "}Policies do not see who asked: the packet had been given another source address on the way. The API does not define that; other enforcers may see the first address.
    [node] {" "}The source that policies see is a node’s address: what a node or a Pod in its network sends has no labels. The API does not define how that is treated; other enforcers may differ.
   *[same] {""}
}
why-policy-peer = { $policies } selects Pod { $pod } { $direction ->
    [Ingress] for what comes in, and none of its rules lets { $other } in on { $port }.
   *[Egress] for what it sends, and none of its rules lets it send to { $other } on { $port }.
}{ $seen ->
    [dialled] {" "}Policies see the destination behind the translation of Services: the Pod’s own address and port.
    [sender] {" "}Policies do not see who asked: the packet had been given another source address on the way. The API does not define that; other enforcers may see the first address.
    [node] {" "}The source that policies see is a node’s address: what a node or a Pod in its network sends has no labels. The API does not define how that is treated; other enforcers may differ.
   *[same] {""}
}
why-policy-port = { $policies } selects Pod { $pod } { $direction ->
    [Ingress] for what comes in; a rule names { $other }, but not { $port }.
   *[Egress] for what it sends; a rule names { $other }, but not { $port }.
}{ $seen ->
    [dialled] {" "}The port is the Pod’s own: policies see the destination behind the translation of Services.
    [sender] {" "}Policies do not see who asked: the packet had been given another source address on the way. The API does not define that; other enforcers may see the first address.
    [node] {" "}The source that policies see is a node’s address: what a node or a Pod in its network sends has no labels. The API does not define how that is treated; other enforcers may differ.
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
reach-lead = Which workload, Ingress or range of addresses outside may connect to which, and on which ports of the destination, as policies say. Each cell leads to its reason.
reach-search = namespace/name, external, 10.0.0.0/8 …
reach-group = Group by
reach-ports-all = all that are allowed
reach-ports-declared = declared by containers
reach-go = Show
reach-all = all ports
reach-self = the same workload
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
reach-narrow = { $count } pairs: shown by namespace. Name an end (a namespace, a workload, a part of a name, external) to see workloads.
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
reach-why-free = No policy selects it for this direction: on its side everything is allowed.
reach-why-selects = { $policy } selects it ({ $field }).
reach-why-rule = { $policy } has a rule that names the other side ({ $field }).
reach-why-rule-none = { $policy } has a rule that names the other side, but no container there declares the port names in it ({ $field }): it allows nothing.
reach-why-ports = Ports: { $ports }.
reach-why-no-rule = No rule names the other side: nothing is allowed.

reach-exposure-format = Who is open is told as text or json.
reach-note-ranges = The input gives the Pods no addresses, so they are taken to be outside the ranges that policies name ({ $ranges }). What is listed may be other than what a trace finds, which uses the addresses that kubehop hands out.

# A workload's policies, drawn
policy-title = Policies of { $name }
policy-title-none = Policies of a workload
policy-lead = Who may connect to it, and to whom it may connect. Press a connection to open or close it: the policies are changed, and everything is computed anew.
policy-lead-read = Who may connect to it, and to whom it may connect.
policy-choose = Whose policies?
policy-choose-more = { $count } more: search by name.
policy-nobody = nobody in the input
policy-in = Comes in
policy-out = Goes out
policy-free = No policy selects it for this direction, so everything may pass.
policy-isolated = Selected by { $policies }. What no rule allows is denied.
policy-host = It is in its node’s network, where no policy selects it.
policy-others = Any other Pod
policy-outside = Outside of the cluster
policy-state-open = may connect
policy-state-part = may connect on some ports
policy-state-own = denied by its own policies
policy-state-other = denied by the other end’s policies
policy-press-open = open
policy-press-close = close
policy-rows-more = { $count } more: search by name.
policy-rows-search = Find
policy-deny = Deny what no rule allows
policy-deny-about = A policy without rules: everything of this direction is denied until rules allow it.
policy-packet = Send a packet
policy-why = Why
policy-form-heading = Open one port
policy-form-way = Direction
policy-form-peer = Other end
policy-form-peer-hint = shop/cart, or 203.0.113.0/24
policy-form-port = Port
policy-form-go = Open
policy-form-wrong = { $field ->
    [peer] No workload of the input is called { $value }, and it is no range of addresses such as 203.0.113.0/24.
    [port] { $value } is no port: a number from 1 to 65535.
   *[other] { $value } is nothing that can be pressed here.
}
policy-refused = { $code ->
    [host] { $object } is in its node’s network: no policy selects it, and no selector means it.
    [labels] { $object } has no labels by which a policy could mean it and nobody else: give its Pods a label first.
    [decided] { $object } decides here, and it is none of a namespace’s NetworkPolicies. Those are the only ones that are changed here.
    [text] The text of { $object } cannot be changed so here: edit it by hand.
    [many] It would take more entries than can be read: edit the policy by hand.
    [already] It is so already.
    [later] This is a moment of a timeline: change the manifests as they are at its start.
   *[stopped] It would take too long for this input.
}
policy-done = What the change did
policy-done-none = No connection is another than before.
policy-done-more = { $count } more
policy-done-sent = A packet from { $from } to { $to } was sent: { $result }.
policy-done-lines = Changed lines
policy-done-back = Undo: as it was before
policy-done-one = { $change ->
    [added] { $from } may now connect to { $to }: { $after }
    [removed] { $from } may no longer connect to { $to } (before: { $before })
   *[changed] { $from } to { $to }: { $before } became { $after }
}
policy-entries = Whom each rule means
policy-entries-about = Every box is a namespace. Selectors of one entry have to hold together; entries add up. A dash decides which of the two it is.
policy-entry-own = every Pod of namespace { $own }
policy-entry-pods = Pods with { $pods } in namespace { $own }
policy-entry-all = every Pod of every namespace
policy-entry-namespaces = every Pod of namespaces with { $spaces }
policy-entry-any = Pods with { $pods } in any namespace
policy-entry-both = Pods with { $pods } AND only in namespaces with { $spaces }
policy-entry-net = addresses { $net }
policy-entry-anybody = anybody
policy-or = or
policy-meant = { $direction ->
    [Ingress] Let in: { $names }.
   *[Egress] Let out to: { $names }.
}
policy-meant-deny = { $direction ->
    [Ingress] Kept out: { $names }.
   *[Egress] Not let out to: { $names }.
}
policy-meant-pass = Left to the next rule or tier: { $names }.
policy-otherwise-or = With the selectors in entries of their own (one dash more), it would also mean: { $names }.
policy-otherwise-and = With both selectors in one entry (one dash less), it would mean only: { $names }.
policy-chip-meant = meant
policy-chip-would = would be meant with one dash more
policy-chip-only = would not be meant with one dash less
policy-spaces-more = { $count } more namespaces
policy-yaml = The policies
policy-yaml-none = No policy of the input selects it.
policy-place = in the input
policy-link = Policies
