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
diag-policy-port-name = { $path } is { $name }, and no container of the Pods that are meant declares a port of that name: the entry matches nothing.
diag-policy-no-dns = { $pods } may only send what a rule allows, and no rule allows port 53: names are not resolved.
diag-policy-range = { $path } is { $value }, a range of { $what ->
    [services] Services: their addresses are translated before a policy looks at the packet, so it matches nothing.
   *[pods] Pods: their addresses change whenever they are made anew. Select Pods by labels; ipBlock is meant for addresses outside of the cluster.
}
diag-policy-unenforced = Policies have no effect here: { $cni } enforces none, and nothing else in the input does.

# A connection that no policy lets pass
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
    [denies] denies it
    [passes] leaves it to the next tier
   *[allows] allows it
}
