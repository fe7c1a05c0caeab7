//! Rules against what `iptables-save` printed on nodes with Calico v3.2x: a rule's hash is that of all rules of its chain up to it, so that
//! the same hash is the same text.

use super::*;

/// Marks up to v3.29.
const BEFORE: Marks = Marks { accept: 0x10000, pass: 0x20000, drop: 0, scratch0: 0x40000, scratch1: 0x80000 };

fn check(chains: &[Chain], name: &str, at: At, hashes: &[&str]) {
    let chain = chains.iter().find(|chain| chain.name == name && chain.at == at).expect("the chain");
    assert_eq!(chain.hashes(), hashes, "{name}: {:#?}", chain.rules);
}

#[test]
fn rules_have_the_hashes_of_real_nodes() {
    let pool = kubernetes::cluster::calico::Pool::assumed(
        kubernetes::cluster::calico::Wraps::Always,
        kubernetes::cluster::calico::Wraps::Never,
    );
    let config = CalicoConfig { pools: vec![pool], ..CalicoConfig::default() };
    let rules = Rules { config: &config, marks: &BEFORE, ipip: true, vxlan: false };
    let filter = rules.filter(At::Head, &[], Vec::new());
    check(&filter, "FORWARD", At::Head, &["wUHhoiAYhphO9Mso"]);
    check(&filter, "INPUT", At::Head, &["Cz_u1IQiXIMmKD4c"]);
    check(&filter, "OUTPUT", At::Head, &["tVnHkvAo15HuiPy0"]);
    check(&filter, "FORWARD", At::Tail, &["S93hcgKJrXEqnTfs", "mp77cMpurHhyjLrM"]);
    let forward = [
        "vjrMJCRpqwy5oRoX",
        "A_sPAO0mcxbT9mOV",
        "8ZoYfO5HKXWbB3pk",
        "jdEuaPBe14V2hutn",
        "12bc6HljsMKsmfr-",
        "NOSxoaGx8OIstr1z",
    ];
    check(&filter, "cali-FORWARD", At::Own, &forward);
    let input = [
        "PajejrV4aFdkZojI",
        "_wjq-Yrma8Ly1Svo",
        "8TZGxLWh_Eiz66wc",
        "6McIeIDvPdL6PE1T",
        "YGPbrUms7NId8xVa",
        "2gmY7Bg2i0i84Wk_",
        "q-Vz2ZT9iGE331LL",
    ];
    check(&filter, "cali-INPUT", At::Own, &input);
    let output = [
        "Mq1_rAdXXH3YkrzW",
        "69FkRTJDvD5Vu6Vl",
        "AnEsmO6bDZbQntWW",
        "9e9Uf3GU5tX--Lxy",
        "0f3LDz_VKuHFaA2K",
        "OgU2f8BVEAZ_fwkq",
    ];
    check(&filter, "cali-OUTPUT", At::Own, &output);
    check(&filter, "cali-wl-to-host", At::Own, &["Ee9Sbo10IpVujdIY", "nSZbcOoG1xPONxb8"]);
    check(&filter, "cali-from-wl-dispatch", At::Own, &["zTj6P0TIgYvgz-md"]);
    check(&filter, "cali-to-wl-dispatch", At::Own, &["7KNphB1nNHw80nIO"]);
    let raw = rules.raw(At::Head);
    check(&raw, "PREROUTING", At::Head, &["6gwbT8clXdHdC1b1"]);
    let nat = rules.nat(At::Head);
    check(&nat, "PREROUTING", At::Head, &["6gwbT8clXdHdC1b1"]);
    let post = nat.iter().find(|chain| chain.name == "cali-POSTROUTING").unwrap().hashes();
    assert_eq!(post[..2], ["Z-c7XtVd2Bq7s_hA", "nYKhEzDlr11Jccal"]);
}

#[test]
fn dispatch_goes_by_the_first_character_that_differs() {
    let names = [
        "cali112d888c0c2",
        "cali26cecacb712",
        "cali55f439ddb0e",
        "cali9d7310e16e7",
        "calic5a1f1aa0ed",
        "calif6abb148530",
    ];
    let devices: BTreeSet<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let from = dispatch("cali-from-wl-dispatch", "--in-interface", "cali-fw-", &devices);
    let hashes = [
        "887K6j2m0yTxV8XZ",
        "-1f18nv9_J5o_MPL",
        "X28EvX2q55aZM8gM",
        "CxKCBaJmNdZnWGOY",
        "ZPC1pWieGIBIr5A7",
        "xDvXvF5yVFq7Y1QJ",
        "FUqQW1upEuPXcL7s",
    ];
    check(&from, "cali-from-wl-dispatch", At::Own, &hashes);
    let several: BTreeSet<String> = ["cali1a", "cali1b", "cali2a"].iter().map(|name| (*name).to_owned()).collect();
    let chains = dispatch("cali-to-wl-dispatch", "--out-interface", "cali-tw-", &several);
    let root = chains.last().unwrap();
    assert_eq!(root.rules[0], "--out-interface cali1+ --goto cali-to-wl-dispatch-1");
    assert_eq!(root.rules[1], "--out-interface cali2a --goto cali-tw-cali2a");
    assert_eq!(chains[0].rules.len(), 3);
}

#[test]
fn profiles_have_the_names_and_hashes_of_real_nodes() {
    assert_eq!(limited("cali-pro-", "ksa.kube-system.metrics-server"), "cali-pro-_CVSZITRyIpEmH8AB6H");
    assert_eq!(limited("cali-pri-", "kns.kube-system"), "cali-pri-kns.kube-system");
    let of = |comment: &str| {
        Chain::new("cali-pri-kns.kube-system", [said(comment, &set(0x10000)), BEFORE.accepted("RETURN")])
    };
    assert_eq!(of("Profile kns.kube-system ingress").hashes(), ["J1TyxtHWd0qaBGK-", "QIB6k7eEKdIg73Jp"]);
}
