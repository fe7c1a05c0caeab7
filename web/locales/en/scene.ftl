scene-title = Network of the cluster
scene-description = { $nodes ->
    [one] One node
   *[other] { $nodes } nodes
} with { $pods ->
    [one] one Pod
   *[other] { $pods } Pods
}, their network namespaces, interfaces and bridges
scene-hosts-title = Network of the machines
scene-hosts-description = Machines and their containers, with network namespaces, interfaces and bridges
scene-step-of = Step { $step } of { $total }
scene-rules-only = rules only
scene-rules-only-assumed = rules only, assumed
scene-assumed = dashed: assumed, not in the input
scene-not-ready = dotted: not ready
scene-root-namespace = root namespace
scene-control-plane = control plane
scene-lan = LAN
scene-internet = Internet
scene-gateway = gateway
scene-external = host outside
scene-routing = routing
scene-local-processes = local
scene-pods-shown = { $shown } of { $total } Pods shown one by one
scene-containers-shown = { $shown } of { $total } containers shown one by one
scene-more-networks = { $count ->
    [one] + 1 network
   *[other] + { $count } networks
}
scene-more-hosts = { $count ->
    [one] + 1 other machine
   *[other] + { $count } other machines
}
scene-pod-group = { $count ->
    [one] 1 Pod
   *[other] { $count } Pods
}
scene-system-pods = { $count ->
    [one] one more Pod in kube-system
   *[other] { $count } more Pods in kube-system
}
scene-system-pods-short = + { $count } system
scene-container-group = { $count ->
    [one] 1 container
   *[other] { $count } containers
}
scene-host-mode-containers = { $count } in host mode
scene-host-network-pods = { $count } on the host network
scene-more-services = { $count ->
    [one] + 1 Service
   *[other] + { $count } Services
}
scene-more-nodes = { $count ->
    [one] + 1 node
   *[other] + { $count } nodes
}
scene-off-the-way = Not on the way
scene-skipped = { $count } skipped
scene-folded = { $count } more
scene-nat-skipped = nat skipped: known connection
