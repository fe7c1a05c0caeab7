// Every kind of page that the server shows, by an address of the ready scenarios; for tests and for the contact sheet.
const FIRST = "/s/first-service";
const PROBE = "from=pod/default/client&to=web:80&choose=endpoint=10.244.1.2:8080";
const BROKEN = "/s/ingress-broken/trace?from=external&to=http://shop.example.com/cart&connect=ingress";

/** Name and address, below the server's own. */
export const PAGES = [
  ["home", "/"],
  ["scenario", FIRST],
  ["nodes", `${FIRST}?view=nodes`],
  ["node", `${FIRST}?view=node/node-a`],
  ["pod", `${FIRST}?view=pod/default/client`],
  ["search", `${FIRST}?q=web`],
  ["scenario-docker", "/s/compose-networks"],
  ["trace-story", `${FIRST}/trace?${PROBE}`],
  ["trace-hops", `${FIRST}/trace?${PROBE}&level=hops&step=101`],
  ["trace-all", `${FIRST}/trace?${PROBE}&level=all&step=101`],
  ["trace-fails", `${FIRST}/trace?from=pod/default/client&to=svc/default/idle:80`],
  ["trace-name", "/s/names-broken/trace?from=pod/default/client&to=web:80"],
  ["trace-upstream", "/s/names-broken/trace?from=pod/default/client&to=git.corp.example:443"],
  ["trace-http", BROKEN],
  ["trace-tunnel", "/s/flannel/trace?from=pod/default/client&to=pod/default/far:80"],
  ["compare", `${FIRST}/compare?${PROBE}&with=--proxy-mode+nftables`],
  ["compare-long", "/s/proxy-protocol/compare?from=external&to=http://shop.example.com/&connect=ingress"],
  ["edit", `${FIRST}/edit?from=pod/default/client&to=svc/default/idle:80`],
  ["matrix", `${FIRST}/matrix?to=svc/default/web`],
  ["reach", `${FIRST}/reach`],
  ["time", "/s/rollout/time"],
  ["time-strip", "/s/rollout/time?from=pod/default/client&to=web:80&event=62s+scale+deploy/default/web+0&event=70s+drain+nowhere"],
  ["time-trace", "/s/rollout/trace?from=pod/default/client&to=web:80&t=12s"],
  ["time-map", "/s/rollout?view=node/node-b&t=61s"],
  ["time-compare", "/s/rollout/compare?from=pod/default/client&to=web:80&t=5s&with=--at+40s"],
  ["policies", `${FIRST}/policy`],
  ["policy", `${FIRST}/policy?of=default/web`],
  ["urls", "/s/ingress/urls"],
  ["rules", `${FIRST}/rules?node=node-a`],
  ["chain", `${FIRST}/rules?netns=node-a&table=nat&chain=KUBE-SERVICES`],
  ["rule", `${FIRST}/rule?netns=node-a&table=nat&chain=KUBE-SERVICES&n=1`],
  ["link", `${FIRST}/link?netns=node-a&dev=cni0`],
  ["service", `${FIRST}/service?ns=default&name=web`],
  ["state", `${FIRST}/state?netns=node-a&what=route`],
  ["env", "/s/variables/state?netns=pod/default/app&what=env"],
  ["source", `${FIRST}/source?file=first-service.yaml&line=75`],
  ["door-packet", `${FIRST}/door?${PROBE}&step=101&what=packet`],
  ["door-route", `${FIRST}/door?${PROBE}&step=103&what=route&netns=node-a&of=in`],
  ["door-node", `${FIRST}/door?${PROBE}&step=103&what=machine&netns=node-a`],
  ["ends", `${FIRST}/ends?side=to&from=pod/default/client&q=web`],
  ["help", "/help/no-listener"],
  ["plugins", "/help/network-plugins"],
  ["api", "/api/v1"],
  ["view", "/view"],
  ["lessons", "/lessons"],
  ["lesson-predict", "/lessons/same-node?step=2"],
  ["lesson-answered", "/lessons/same-node?step=2&answer=2&sure=3"],
  ["lesson-explain", "/lessons/same-node?step=5&answer=0"],
  ["lesson-compare", "/lessons/same-node?step=6"],
  ["lesson-end", "/lessons/same-node?step=end"],
  ["lesson-handout", "/lessons/same-node?step=all"],
  ["lesson-present", "/lessons/same-node?step=2&present=1"],
  ["lesson-order", "/lessons/the-reply?step=5"],
  ["lesson-ordered", "/lessons/the-reply?step=5&order=1&order=2&order=3&order=5&order=4"],
  ["lesson-challenge", "/lessons/wrong-selector?step=5&seed=3"],
  ["lesson-embed", "/lessons/same-node?step=2&embed=1"],
  ["predict", `${FIRST}/predict?${PROBE}`],
  ["predict-answered", `${FIRST}/predict?${PROBE}&answers=01&answer=1`],
  ["predict-score", `${FIRST}/predict?${PROBE}&answers=01230123`],
  ["glossary", "/glossary"],
  ["not-found", "/s/nosuch"],
  ["probe-refused", `${FIRST}/trace?from=pod/default/nosuch&to=web:80`],
];

/** With `KUBEHOP_TEST_FULL=1` every page everywhere. */
export const ALL = process.env.KUBEHOP_TEST_FULL === "1";
/** Pages that are of the kinds of others. */
const ALIKE = [
  "trace-hops", "trace-name", "trace-upstream", "trace-tunnel", "compare-long", "lesson-answered", "lesson-explain", "lesson-order",
  "lesson-embed", "lesson-present", "predict-answered", "env", "chain", "link",
];
/** One page of each kind, or all of them. */
export const KINDS = ALL ? PAGES : PAGES.filter(([name]) => !ALIKE.includes(name));
