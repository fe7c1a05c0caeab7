//! JSON Schemas: of what people write for this program, and of what it answers to programs.

/// Of our own object, the Scenario.
pub const SCENARIO: &str = include_str!("../schema/scenario.json");

/// All of them: the name of the file under `/schema/`, and its text.
pub const ALL: [(&str, &str); 24] = [
    ("scenario.json", SCENARIO),
    ("trace.json", include_str!("../schema/trace.json")),
    ("branches.json", include_str!("../schema/branches.json")),
    ("check.json", include_str!("../schema/check.json")),
    ("rules.json", include_str!("../schema/rules.json")),
    ("text.json", include_str!("../schema/text.json")),
    ("dns.json", include_str!("../schema/dns.json")),
    ("env.json", include_str!("../schema/env.json")),
    ("topology.json", include_str!("../schema/topology.json")),
    ("summary.json", include_str!("../schema/summary.json")),
    ("uploaded.json", include_str!("../schema/uploaded.json")),
    ("sizes.json", include_str!("../schema/sizes.json")),
    ("traceroute.json", include_str!("../schema/traceroute.json")),
    ("urls.json", include_str!("../schema/urls.json")),
    ("matrix.json", include_str!("../schema/matrix.json")),
    ("timeline.json", include_str!("../schema/timeline.json")),
    ("policy.json", include_str!("../schema/policy.json")),
    ("reach.json", include_str!("../schema/reach.json")),
    ("reach-diff.json", include_str!("../schema/reach-diff.json")),
    ("compare.json", include_str!("../schema/compare.json")),
    ("shared.json", include_str!("../schema/shared.json")),
    ("lessons.json", include_str!("../schema/lessons.json")),
    ("lessons-check.json", include_str!("../schema/lessons-check.json")),
    ("lessons-solve.json", include_str!("../schema/lessons-solve.json")),
];

/// A schema by the name of its file.
pub fn find(name: &str) -> Option<&'static str> {
    ALL.iter().find(|(known, _)| *known == name).map(|(_, text)| *text)
}

#[cfg(test)]
mod tests {
    use super::SCENARIO;
    use kubernetes::manifest::{Limits, SourceText, parse};
    use serde_json::{Value, json};

    const EXAMPLE: &str = include_str!("../../tests/fixtures/scenario-example.yaml");

    fn schema() -> Value {
        serde_json::from_str(SCENARIO).unwrap()
    }

    /// What is wrong with a value: the words of JSON Schema that this schema uses, and no others.
    fn wrong(root: &Value, schema: &Value, value: &Value, at: &str, found: &mut Vec<String>) {
        let Some(words) = schema.as_object() else { panic!("{at}: {schema}") };
        for (word, rule) in words {
            match word.as_str() {
                "$schema" | "$id" | "$defs" | "title" | "description" => {}
                "$ref" => {
                    let pointer = rule.as_str().unwrap().trim_start_matches('#');
                    wrong(root, root.pointer(pointer).unwrap(), value, at, found);
                }
                "type" => {
                    let fits = |name: &Value| match name.as_str().unwrap() {
                        "object" => value.is_object(),
                        "array" => value.is_array(),
                        "string" => value.is_string(),
                        "integer" => value.is_i64(),
                        "boolean" => value.is_boolean(),
                        other => panic!("type {other}"),
                    };
                    let fits = rule.as_array().map_or_else(|| fits(rule), |all| all.iter().any(fits));
                    if !fits {
                        found.push(format!("{at}: no {rule}"));
                    }
                }
                "enum" => {
                    if !rule.as_array().unwrap().contains(value) {
                        found.push(format!("{at}: none of {rule}"));
                    }
                }
                "required" => {
                    let has = |name: &&Value| value.get(name.as_str().unwrap()).is_none();
                    found.extend(rule.as_array().unwrap().iter().filter(has).map(|name| format!("{at}: lacks {name}")));
                }
                "items" => {
                    for (index, item) in value.as_array().into_iter().flatten().enumerate() {
                        wrong(root, rule, item, &format!("{at}[{index}]"), found);
                    }
                }
                "properties" => {
                    for (name, value) in value.as_object().into_iter().flatten() {
                        if let Some(rule) = rule.get(name) {
                            wrong(root, rule, value, &format!("{at}.{name}"), found);
                        }
                    }
                }
                "additionalProperties" => {
                    let known = |name: &str| schema.pointer("/properties").is_some_and(|all| all.get(name).is_some());
                    for (name, value) in value.as_object().into_iter().flatten().filter(|(name, _)| !known(name)) {
                        match rule {
                            Value::Bool(true) => {}
                            Value::Bool(false) => found.push(format!("{at}: unknown {name}")),
                            rule => wrong(root, rule, value, &format!("{at}.{name}"), found),
                        }
                    }
                }
                "anyOf" => {
                    let fits = |one: &Value| {
                        let mut own = Vec::new();
                        wrong(root, one, value, at, &mut own);
                        own.is_empty()
                    };
                    if !rule.as_array().unwrap().iter().any(fits) {
                        found.push(format!("{at}: fits none"));
                    }
                }
                other => panic!("{at}: {other}"),
            }
        }
    }

    fn check(value: &Value) -> Vec<String> {
        let (schema, mut found) = (schema(), Vec::new());
        wrong(&schema, &schema, value, "", &mut found);
        found
    }

    fn example() -> Value {
        serde_yaml::from_str(EXAMPLE).unwrap()
    }

    fn unknown(text: &str) -> Vec<String> {
        let parsed = parse(&[SourceText::given("s.yaml", text)], &Limits::default());
        parsed.diagnostics.iter().map(|found| format!("{} {:?}", found.code, found.args)).collect()
    }

    #[test]
    fn the_example_fits_and_is_read_whole() {
        assert_eq!(check(&example()), Vec::<String>::new());
        assert_eq!(unknown(EXAMPLE), Vec::<String>::new());
    }

    #[test]
    fn mistakes_do_not_fit() {
        for (pointer, value, wanted) in [
            ("/loadBalancer", json!("metalbl"), ".loadBalancer: none of"),
            ("/listen/0/port", json!("80"), ".listen[0].port: no \"integer\""),
            ("/listen/0", json!({"port": 1}), ".listen[0]: lacks \"in\""),
            ("/segments/0", json!({"name": "a", "cdir": "10.0.0.0/8"}), ".segments[0]: unknown cdir"),
            ("/hosts/0/listen/0", json!(true), ".hosts[0].listen[0]: fits none"),
            ("/nodes/0/sysctl", json!({"net.ipv4.ip_forward": []}), ".nodes[0].sysctl.net.ipv4.ip_forward: no"),
        ] {
            let mut own = example();
            *own.pointer_mut(pointer).unwrap() = value;
            let found = check(&own);
            assert!(found.len() == 1 && found[0].starts_with(wanted), "{pointer}: {found:?}");
        }
    }

    #[test]
    fn the_reader_knows_every_field_and_no_other() {
        let schema = schema();
        let lists = ["segments", "routers", "nodes", "hosts", "internet", "listen", "probes"];
        let reads = |text: &str| !unknown(text).iter().any(|found| found.starts_with("unknown-field"));
        let head = "apiVersion: kubehop.dev/v1alpha1\nkind: Scenario\nmetadata: {name: s}\n";
        for name in schema["properties"].as_object().unwrap().keys() {
            if !["apiVersion", "kind", "metadata"].contains(&name.as_str()) {
                assert!(reads(&format!("{head}{name}: 1\n")), "{name}");
            }
        }
        for list in lists {
            let items = &schema["properties"][list]["items"];
            let items = items["$ref"].as_str().map_or(items, |at| schema.pointer(at.trim_start_matches('#')).unwrap());
            for name in items["properties"].as_object().unwrap().keys() {
                assert!(reads(&format!("{head}{list}: [{{{name}: 1}}]\n")), "{list} {name}");
            }
            assert!(!reads(&format!("{head}{list}: [{{nosuch: 1}}]\n")), "{list}");
        }
    }
}
