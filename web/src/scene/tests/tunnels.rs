//! Devices of tunnels are drawn in the nodes that a packet passes, with a line of their own to the node's own packets.

use super::{check_layout, check_stills};
use crate::gallery;
use crate::scene::Scene;
use crate::scene::shape::Shape;
use crate::scene::wires::Spot;
use kernel::ids::LinkRef;
use kubernetes::manifest::Limits;
use sim_core::model::{Model, Options};
use sim_core::trace::{self, ClientResult};

#[test]
fn a_tunnel_is_a_device_of_the_node() {
    for (id, device) in [("flannel", "flannel.1"), ("calico", "tunl0"), ("weave", "vxlan-6784")] {
        let sources = gallery::find(id).expect("it comes with the program").sources();
        let model = Model::build(&sources, &Limits::default(), &Options::default());
        for text in gallery::suggested(&model) {
            let journey = trace::run(&model, &trace::parse_probe(&model, &text).unwrap());
            let scene = Scene::build(&model, Some(&journey));
            check_layout(&scene);
            check_stills(&scene, &journey);
            assert_eq!(journey.client, ClientResult::Ok);
        }
        let first = gallery::suggested(&model).remove(0);
        let journey = trace::run(&model, &trace::parse_probe(&model, &first).unwrap());
        let scene = Scene::build(&model, Some(&journey));
        let wires = &scene.layout.wires;
        let mut drawn = 0;
        for netns in journey.legs[0].hops.iter().map(|hop| hop.netns) {
            let links = &model.site.network.netns(netns).links;
            let Some((link, _)) = links.entries().find(|(_, link)| &*link.name == device) else { continue };
            let tunnel = Spot::Link(LinkRef { netns, link });
            let at = wires.at(tunnel).expect("it is drawn");
            let is_it = |shape: &Shape| matches!(shape, Shape::Group(group) if group.data.contains(&("link", device.to_owned())));
            assert!(scene.layout.boxes.iter().any(is_it), "{id}");
            // Wrapped packets are routed anew, unwrapped ones come in: neither goes round by the hooks first.
            for (from, to) in [(tunnel, Spot::RouteOut(netns)), (Spot::Process(netns, 0), tunnel)] {
                let way = wires.along(from, to).expect("a line leads there");
                let (one, other) = (wires.at(from).unwrap(), wires.at(to).unwrap());
                let long: i32 = way.windows(2).map(|pair| pair[0].manhattan(pair[1])).sum();
                assert!(long < one.manhattan(other) + 400, "{id}: {way:?}");
            }
            // What leads out and the tunnel stand side by side.
            let out = links.entries().find(|(_, link)| &*link.name == "eth0").map(|(link, _)| LinkRef { netns, link });
            let out = out.and_then(|link| wires.at(Spot::Link(link))).expect("the uplink is drawn");
            assert!(out.x < at.x && out.y == at.y, "{id}: {out:?} {at:?}");
            drawn += 1;
        }
        assert!(drawn > 1, "{id}");
    }
}
