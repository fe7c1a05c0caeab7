#!/usr/bin/env bash
# Time and size of each page of the rule view: 9,990 Services with 8 endpoints each, the most that one upload takes (20,000 documents, 8 MiB).
#   cargo build --release -p kubehop && tests/benches/pages.sh
cd "$(dirname "$0")/../.."
set -u
D=$(mktemp -d)
python3 - > $D/big.yaml <<'P'
print("\n".join(f"---\napiVersion: v1\nkind: Node\nmetadata: {{name: {n}}}\nspec: {{podCIDR: 10.244.{i}.0/24}}\nstatus: {{addresses: [{{type: InternalIP, address: 192.168.10.{11+i}}}]}}" for i,n in enumerate(["node-a","node-b","node-c"])))
print("---\napiVersion: v1\nkind: Pod\nmetadata: {name: client, namespace: default}\nspec: {nodeName: node-a, containers: [{name: c, image: x}]}\nstatus: {podIP: 10.244.0.10}")
for s in range(9990):
    print(f"---\napiVersion: v1\nkind: Service\nmetadata: {{name: s{s}, namespace: default}}\nspec: {{clusterIP: 10.100.{s//250}.{1+s%250}, ports: [{{port: 80, targetPort: 8080}}]}}\n---\napiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\nmetadata: {{name: s{s}-1, namespace: default, labels: {{kubernetes.io/service-name: s{s}}}}}\naddressType: IPv4\nports: [{{port: 8080, protocol: TCP}}]\nendpoints:")
    for e in range(8):
        n=s*8+e
        print(f"- {{addresses: [10.{200+n//62500}.{n//250%250}.{1+n%250}], nodeName: node-c}}")
P
target/release/kubehop serve --listen 127.0.0.1:18734 --database-url sqlite://$D/a.db > $D/log 2>&1 &
server=$!
sleep 1; B=http://127.0.0.1:18734
L=$(curl -s -m 60 -o $D/up.html -w '%{redirect_url}' -F "files=@$D/big.yaml" $B/s); echo "L=$L"
[ -n "$L" ] || head -c 600 $D/up.html
curl -s -m 60 -o /dev/null -w 'first load %{time_total}\n' "$L/rules?node=node-a"
for q in "rules?node=node-a" "rules?node=node-a&q=default/s9989" "rules?node=node-a&q=nothing-here" "rules?node=node-a&table=nat&chain=KUBE-SERVICES" "rules?node=node-a&table=nat&chain=KUBE-SERVICES&n=9000&from=pod/default/client&to=svc/default/s9989:80&step=1&pass=4" "service?ns=default&name=s9989" "trace?from=pod/default/client&to=svc/default/s9989:80&step=3" "state?node=node-a&what=iptables"; do
 for i in 1 2; do curl -s -m 30 -o /dev/null -w "%{http_code} %{time_total} s %{size_download} B" "$L/$q"; echo " $q"; done; done
kill $server; rm -rf $D
