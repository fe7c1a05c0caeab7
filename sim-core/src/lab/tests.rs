use super::*;
use kernel::config::{IfAddr, NetworkBuilder, Scope};
use kernel::packet::Mac;

#[test]
fn tags_are_words_for_a_shell() {
    for good in ["kubehop", "a", "lab-2"] {
        assert!(is_tag(good), "{good}");
    }
    for bad in ["", "-a", "A", "a b", "a;b", "a/b", "abcdefghijklmnopqrstu", "é"] {
        assert!(!is_tag(bad), "{bad}");
    }
    let network = NetworkBuilder::default().build().unwrap();
    let files =
        write(&network, &LabOptions { tag: "$(reboot)".to_owned(), dns: None, proxies: Vec::new(), probe: None });
    assert!(files.iter().all(|file| !file.text.contains("reboot")));
}

#[test]
fn names_the_kernel_would_refuse_are_mapped_and_listed() {
    let mut builder = NetworkBuilder::default();
    let cause = Default::default();
    let long = "n".repeat(300);
    let a = builder.add_netns("pod/default/web 1", cause);
    let b = builder.add_netns("pod-default-web-1", cause);
    let c = builder.add_netns(&long, cause);
    let mac = Mac([2, 0, 0, 0, 0, 1]);
    let (first, _) = builder.add_veth((a, "a-very-long-device-name", mac), (b, "eth0;reboot", mac), 1500, cause);
    builder.add_address(
        first,
        IfAddr { net: "10.0.0.1/24".parse().unwrap(), broadcast: None, scope: Scope::Global, cause },
    );
    let network = builder.build().unwrap();
    let names = Names::new(&network, "t");
    assert_eq!(names.netns(a), "t-pod-default-web-1");
    assert_eq!(names.netns(b), "t-pod-default-web-1~1");
    assert!(names.netns(c).len() <= 120);
    let files = write(&network, &LabOptions { tag: "t".to_owned(), dns: None, proxies: Vec::new(), probe: None });
    let text = |path: &str| files.iter().find(|file| file.path == path).unwrap().text.clone();
    assert!(text("names.txt").contains("device a-very-long-device-name -> a-very-long-d~1"));
    assert!(text("names.txt").contains("device eth0;reboot -> eth0-reboot"));
    assert!(!text("up.sh").contains("eth0;"));
    assert!(text("up.sh").contains("address add 10.0.0.1/24 dev a-very-long-d~1"));
}
