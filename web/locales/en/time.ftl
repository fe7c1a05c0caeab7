# What happens when
time-title = What happens when
time-lead = Each moment at which something changes: what controllers do, what kube-proxy rewrites, and what becomes of packets. A moment opens the cluster as it is then.
time-none = The input has no timeline. A Scenario’s timeline says what happens when: Pods that are deleted or not ready, workloads that are scaled or rolled out, Nodes that are drained or fail, objects that are changed, kube-proxies that lag, packets that are sent.
time-unread = Not simulated: { $parts }. What is told behind it holds only if it changes nothing.
time-nothing = None of the timeline’s events can be simulated here.
time-nodes = Rules are compared on the first { $count } Nodes.
time-starts = A container is assumed to start within { $seconds } s. A process ends when it is told to, behind its preStop. A Node that fails is taken to have given its last sign of life then, and a changed ConfigMap to be read at once. Each packet meets kernels without connections, but for one of its own that it keeps open.
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
    [kube-controller-manager] { $what ->
        [stop] kube-controller-manager stops
       *[start] kube-controller-manager runs again
    }
    [kube-scheduler] { $what ->
        [stop] kube-scheduler stops
       *[start] kube-scheduler runs again
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
time-batch = EndpointSlices have what becomes of Pods { $by } later
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
        [kube-controller-manager] Nobody makes or deletes Pods of workloads, marks Nodes, or brings EndpointSlices up to date
        [kube-scheduler] No Pod is given a Node from now on
       *[kubelet] kubelet on { $node } says and does nothing from now on: containers and rules stay
    }
    [component-starts] { $component ->
        [coredns] CoreDNS answers again
        [kube-controller-manager] Controllers work again, and begin with what they find
        [kube-scheduler] Pods are given Nodes again
       *[kubelet] kubelet on { $node } works again
    }
    [sliced] EndpointSlices are brought up to date with what became of Pods before
    [batches] EndpointSlices have what becomes of Pods { $by } later from now on
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
time-later = { $ended ->
    [no] {""}
    [eof] The other side has closed the connection; another one:{" "}
    [timeout] Nothing was acknowledged for too long; another connection:{" "}
   *[other] The connection is broken ({ $ended }); another one:{" "}
}{ $result }{ $answered ->
    [yes] , answered by { $server } at { $address }
   *[no] {""}
}
time-windows = Sent to Pods that are gone
time-window = { $ends ->
    [yes] Pod { $pod }: its process ended at { $ended }, and { $node } still sent to it until { $until }.
   *[no] Pod { $pod }: its process ended at { $ended }, and a Node goes on sending to it.
}
time-windows-more = { $count } more windows like these.
time-sleep = { $workload }: a preStop of { $seconds } s or more keeps processes until every Node’s rules have followed.
time-here = The cluster then
time-trace = Trace
time-first = At the start
time-lines-more = and more
time-at = at { $time }
time-link = Timeline
# Events of an address
event-too-many = There are too many events: an address has at most { $limit }.
event-unreadable = This cannot be read as an event: { $line }. An event has at most { $limit } letters, digits and signs of names.
event-time = An event begins with a time such as 10s, 1m30s or 500ms, not with “{ $time }”.
event-word = No event is called “{ $word }”. There are: { $known }.
event-form = Behind “{ $word }” belongs: { $form }.
event-hint = An event looks like this: 10s delete pod/shop/web-1
# The bar of time
timebar = Time
timebar-all = All moments
timebar-previous = Moment before
timebar-next = Next moment
timebar-since = since { $time }:
timebar-and = and { $count } more
timebar-more = { $count } more moments
# Presses
act-heading = Make it happen
act-delete = Delete Pod { $pod }
act-notReady = Pod { $pod } is not ready
act-ready = Pod { $pod } becomes ready
act-rollout = Roll out { $workload }
act-scale = Scale { $workload } to { $count }
act-drain = Drain { $node }
act-stop = Stop kube-proxy of { $node }
act-lag = kube-proxy of { $node } follows 20 s later
act-start = kube-proxy of { $node } follows at once
act-why = Each is an event of the address: the page shows the cluster right after it, and the timeline takes it away again.
# Events of the address, on the page of all moments
events-heading = Events of this address
events-none = None yet. Pages of Pods and Nodes have presses that add one.
events-away = Take away
events-away-of = Take away: { $event }
events-add = Add
events-new = A further event
events-text = As a Scenario, for a file
# A stream of probes
strip-title = Who answers, one after the other
strip-lead = The same again and again while things change, in kernels that know what was sent before: each on a connection of its own, or all on one that stays open until it is broken. A cell opens its trace.
strip-heading = { $from } → { $to }, one every { $every }
strip-every = Every
strip-until = Until
strip-proto = Protocol
strip-keep = The client keeps
strip-keep-no = nothing
strip-keep-yes = its connection
strip-keep-address = the address it found
strip-keep-both = both
strip-send = Send
strip-marked = something happens in it
strip-cut = Only the first { $limit } are sent.
strip-not-sent = not sent: { $why }
# Two moments
between-heading = Between { $from } and { $to }
between-endpoints = Endpoints that stand otherwise
between-rules = Rules that kube-proxy wrote anew
between-nothing = Neither endpoints nor rules differ.
between-moments = What happened
between-with = Compare with { $time }
between-picture = The packet at { $time }, step { $step }
endpoint-ready = ready
endpoint-serving = terminating, still serving
endpoint-not-ready = not ready
endpoint-none = not there
endpoint-change = { $before } → { $after }
