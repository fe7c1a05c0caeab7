//! Files of other tools, by what stands in them.

use crate::text::tree::{NodeId, Tree, Value};

/// The tool that a document without `kind` and `apiVersion` is for, in its own name; `None` when nothing speaks for one.
pub(super) fn tool(tree: &Tree<'_>, root: NodeId, file: &str) -> Option<&'static str> {
    if let Value::List(items) = &tree.node(root).value {
        let any = |keys: &[&str]| {
            let has = |item: &NodeId| keys.iter().any(|key| has(tree, *item, key));
            tree.items(items).iter().any(has)
        };
        return if any(&["hosts", "import_playbook"]) {
            Some("Ansible playbook")
        } else if any(&["ansible.builtin.copy", "ansible.builtin.template", "ansible.builtin.shell", "apt", "register"])
        {
            Some("Ansible tasks")
        } else if any(&["op"]) && any(&["path"]) {
            Some("JSON patch")
        } else if any(&["targets"]) {
            Some("Prometheus targets")
        } else {
            None
        };
    }
    let all = |keys: &[&str]| keys.iter().all(|key| has(tree, root, key));
    let any = |keys: &[&str]| keys.iter().any(|key| has(tree, root, key));
    // YAML reads the key `on` as true.
    let tests: [(bool, &'static str); 40] = [
        (all(&["jobs"]) && any(&["on", "true"]), "GitHub Actions workflow"),
        (all(&["runs", "name"]), "GitHub Action"),
        (all(&["compilerOptions"]), "TypeScript configuration"),
        (
            file == "package.json"
                || (all(&["name", "version"]) && any(&["scripts", "dependencies", "devDependencies"])),
            "npm package",
        ),
        (file == "package-lock.json" || all(&["lockfileVersion"]), "npm lock file"),
        (any(&["openapi", "swagger"]), "OpenAPI document"),
        (any(&["asyncapi"]), "AsyncAPI document"),
        (all(&["scrape_configs"]) || all(&["global", "rule_files"]), "Prometheus configuration"),
        (all(&["route", "receivers"]), "Alertmanager configuration"),
        (all(&["groups"]), "Prometheus rules"),
        (all(&["panels"]) && any(&["schemaVersion", "templating", "title"]), "Grafana dashboard"),
        (any(&["datasources", "providers"]) && all(&["apiVersion"]), "Grafana provisioning"),
        (any(&["AWSTemplateFormatVersion", "Resources"]), "CloudFormation template"),
        (all(&["service", "provider"]), "Serverless configuration"),
        (all(&["static_resources"]) || all(&["dynamic_resources"]), "Envoy configuration"),
        (any(&["entryPoints"]) && !all(&["spec"]), "Traefik configuration"),
        (all(&["receivers", "service"]) || all(&["exporters", "service"]), "OpenTelemetry Collector configuration"),
        (all(&["repos"]), "pre-commit configuration"),
        (all(&["site_name"]), "MkDocs configuration"),
        (all(&["version", "updates"]), "Dependabot configuration"),
        (all(&["version", "jobs"]) || all(&["version", "workflows"]), "CircleCI configuration"),
        (file.starts_with(".gitlab-ci") || all(&["stages"]) || all(&["default", "include"]), "GitLab CI pipeline"),
        (any(&["trigger", "pool"]) && any(&["steps", "stages", "jobs"]), "Azure pipeline"),
        (all(&["language"]) && any(&["script", "install", "jdk", "python", "node_js"]), "Travis CI configuration"),
        (all(&["pipelines"]) && any(&["image", "definitions", "pipelines"]), "Bitbucket pipeline"),
        (all(&["steps"]) && any(&["images", "substitutions", "options", "timeout"]), "Cloud Build configuration"),
        (all(&["releases"]) && any(&["repositories", "environments", "helmDefaults", "releases"]), "helmfile"),
        (all(&["dependencies"]) && any(&["digest", "generated"]), "Helm lock file"),
        (any(&["hosts", "all"]) && any(&["vars", "children", "all"]), "Ansible inventory"),
        (all(&["plugins", "extends"]) || all(&["rules", "extends"]), "linter configuration"),
        (all(&["network"]) && any(&["network"]) && file.contains("netcfg"), "netplan configuration"),
        (all(&["services"]), "Symfony services"),
        (all(&["image"]) && all(&["config", "rootfs"]), "container image"),
        (all(&["target"]) && any(&["group", "variable"]), "Docker bake file"),
        (
            all(&["spring"]) || file.starts_with("application") && any(&["server", "management", "logging"]),
            "Spring configuration",
        ),
        (all(&["scenarios"]) && any(&["config", "options"]), "load test"),
        (all(&["receivers"]) && any(&["processors", "exporters"]), "OpenTelemetry Collector configuration"),
        (all(&["$schema"]), "JSON document with a schema of its own"),
        (all(&["$id", "properties"]) || all(&["definitions", "properties"]), "JSON Schema"),
        (
            all(&["replicaCount"])
                || all(&["image", "ingress"])
                || all(&["nameOverride"])
                || all(&["fullnameOverride"]),
            "helm-values",
        ),
    ];
    tests.iter().find(|(found, _)| *found).map(|(_, name)| *name)
}

fn has(tree: &Tree<'_>, node: NodeId, key: &str) -> bool {
    let Value::Map(entries) = &tree.node(node).value else { return false };
    tree.entries(entries).iter().any(|(name, _)| tree.text(*name) == Some(key))
}

/// The kind that an object without `kind` most likely is, by its fields.
pub(super) fn kind(tree: &Tree<'_>, object: NodeId) -> Option<&'static str> {
    let spec = tree.get(object, "spec")?;
    let any = |keys: &[&str]| keys.iter().any(|key| has(tree, spec, key));
    let service = ["clusterIP", "clusterIPs", "externalIPs", "externalTrafficPolicy", "internalTrafficPolicy"];
    if any(&service) || any(&["sessionAffinity", "loadBalancerIP", "externalName", "ipFamilies"]) {
        Some("Service")
    } else if any(&["jobTemplate"]) {
        Some("CronJob")
    } else if any(&["serviceName", "volumeClaimTemplates"]) && any(&["template"]) {
        Some("StatefulSet")
    } else if any(&["updateStrategy"]) && any(&["template"]) {
        Some("DaemonSet")
    } else if any(&["template"]) && any(&["selector", "replicas", "strategy"]) {
        Some("Deployment")
    } else if any(&["containers"]) {
        Some("Pod")
    } else if any(&["ports"]) && any(&["selector", "type"]) {
        Some("Service")
    } else if any(&["podCIDR", "podCIDRs", "providerID"]) {
        Some("Node")
    } else {
        None
    }
}
