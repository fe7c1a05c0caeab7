# What happens when
time-title = What happens when
time-lead = Each moment at which something changes: what controllers do, what kube-proxy rewrites, and what becomes of packets. A moment opens the cluster as it is then.
time-none = The input has no timeline. A Scenario’s timeline says what happens when: Pods that are deleted or not ready, workloads that are scaled or rolled out, Nodes that are drained or fail, objects that are changed, kube-proxies that lag, packets that are sent.
time-unread = Not simulated: { $parts }. What is told behind it holds only if it changes nothing.
time-nothing = None of the timeline’s events can be simulated here.
time-nodes = Rules are compared on the first { $count } Nodes.
time-starts = A container is assumed to start within { $seconds } s. A process ends when it is told to, behind its preStop. A Node that fails is taken to have given its last sign of life then, and a changed ConfigMap to be read at once. Packets meet kernels without earlier connections.
time-event = { $what ->
    [delete] { $object } is deleted
    [ready] { $object } becomes ready
    [notReady] { $object } is no longer ready
    [scale] { $object } is scaled to { $count }
    [rollout] { $object } is rolled out
    [drain] Node { $object } is drained
   *[probe] Packet { $object }
}
time-patch = { $object } is changed: { $fields }
time-power = { $link ->
    [yes] { $what ->
        [down] The link of { $machine } fails
       *[up] The link of { $machine } works again
    }
   *[no] { $what ->
        [down] { $machine } goes down
       *[up] { $machine } comes up again
    }
}
time-component = { $component ->
    [coredns] { $what ->
        [stop] CoreDNS stops
       *[start] CoreDNS runs again
    }
   *[kubelet] { $what ->
        [stop] kubelet of { $node } stops
       *[start] kubelet of { $node } runs again
    }
}
time-every-node = every Node
time-sync = { $what ->
    [stop] kube-proxy of { $node } stops following
    [start] kube-proxy of { $node } follows again
   *[lag] kube-proxy of { $node } follows { $by } later
}
time-pod = Pod { $pod }
time-change = { $code ->
    [added] Pod { $pod } starts on { $node } with { $ip }
    [waits] Pod { $pod } waits: no Node takes it
    [ready] Pod { $pod } is ready
    [not-ready] Pod { $pod } is not ready
    [terminating] Pod { $pod } is terminating
    [gone] Pod { $pod } is gone, and { $ip } with it
    [scaled] { $object }: replicas { $count }
    [patched] { $object } has other { $fields }
    [down] { $link ->
        [yes] { $node } has no link: nobody hears of it
       *[no] { $node } is off: nobody hears of it
    }
    [up] { $link ->
        [yes] { $node } has its link again
       *[no] { $node } runs again
    }
    [node-ready] Node { $node } is Ready again
    [node-unknown] Node { $node }: Ready is Unknown, and nothing new is scheduled to it
    [tainted] Node { $node } is tainted as unreachable: its Pods leave once they do not tolerate that any longer
    [bound] Pod { $pod } is given to { $node }, whose kubelet does not answer: nothing starts
    [away] The API server does not answer: nothing comes of it
    [synced] kube-proxy on { $node } writes what it heard of before
    [component-stops] { $component ->
        [coredns] CoreDNS ends whenever it is started: its Pods are not ready, and nothing listens there
       *[kubelet] kubelet on { $node } says and does nothing from now on: containers and rules stay
    }
    [component-starts] { $component ->
        [coredns] CoreDNS answers again
       *[kubelet] kubelet on { $node } works again
    }
    [stops] kube-proxy on { $node } writes nothing new from now on
    [starts] kube-proxy on { $node } follows at once
    [lags] kube-proxy on { $node } follows { $by } later from now on
   *[cordoned] Node { $node } takes no more Pods
}
time-rules = kube-proxy on { $node }: +{ $added } −{ $removed } lines
time-sent = { $from } → { $to }: { $result }{ $answered ->
    [yes] , answered by { $server } at { $address }
   *[no] {""}
}
time-here = The cluster then
time-trace = Trace
time-first = At the start
time-lines-more = and more
time-at = at { $time }
time-link = Timeline
