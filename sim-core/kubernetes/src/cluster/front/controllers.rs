//! Controllers of the input: by the images of what runs.

use super::super::context::{Context, name_of};
use super::super::model::{Announced, Controller, ControllerKind, Ingress, IngressClass, Pod};
use super::announced;
use crate::manifest::objects::PodSpec;
use crate::origin::ObjectRef;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What IngressClasses call ingress-nginx.
pub(super) const INGRESS_NGINX: &str = "k8s.io/ingress-nginx";
/// The class that ingress-nginx takes unless it is told another (`--ingress-class`).
pub(super) const NGINX_CLASS: &str = "nginx";

/// Parts of images, what IngressClasses call the controller, and the class that it takes by name.
const IMAGES: &[(&str, &str, &str, ControllerKind)] = {
    use ControllerKind::{IngressNginx, Plain};
    &[
        ("ingress-nginx/controller", INGRESS_NGINX, NGINX_CLASS, IngressNginx),
        ("ingress-nginx-controller", INGRESS_NGINX, NGINX_CLASS, IngressNginx),
        ("nginx-ingress-controller", INGRESS_NGINX, NGINX_CLASS, IngressNginx),
        ("nginx/nginx-ingress", "nginx.org/ingress-controller", "nginx", Plain),
        ("traefik", "traefik.io/ingress-controller", "traefik", Plain),
        ("jcmoraisjr/haproxy-ingress", "haproxy-ingress.github.io/controller", "haproxy", Plain),
        ("haproxytech/kubernetes-ingress", "haproxy.org/ingress-controller", "haproxy", Plain),
        ("kong/kubernetes-ingress-controller", "ingress-controllers.konghq.com/kong", "kong", Plain),
        ("caddy/ingress", "caddyserver.com/ingress-controller", "caddy", Plain),
    ]
};

/// One that was found.
pub(super) struct Found<'p> {
    pub(super) object: &'p ObjectRef,
    pub(super) kind: ControllerKind,
    /// What IngressClasses call it.
    pub(super) name: Arc<str>,
    /// The class that it takes by name.
    pub(super) class: Arc<str>,
    /// It takes Ingresses without a class too.
    pub(super) without_class: bool,
    image: &'static str,
    config: BTreeMap<Arc<str>, Arc<str>>,
    config_map: ObjectRef,
    announced: Option<Announced>,
}

impl Found<'_> {
    pub(super) fn controller(&self) -> Controller {
        Controller {
            kind: self.kind,
            name: self.name.clone(),
            pods: Vec::new(),
            service: None,
            config: self.config.clone(),
            config_map: self.config_map.clone(),
            announced: self.announced.clone(),
            assumed: false,
        }
    }

    /// Whether a Pod is one of its.
    pub(super) fn has(&self, pod: &Pod) -> bool {
        pod.origin.object == *self.object && pod.containers.iter().any(|own| own.image.contains(self.image))
    }

    /// Whether it takes an Ingress for the class that it names, without an IngressClass: by the annotation always; by the field ingress-nginx
    /// looks for the IngressClass first, others do without.
    pub(super) fn takes_names(&self, ingress: &Ingress, classes: &[IngressClass]) -> bool {
        let by_annotation = ingress.annotations.contains_key("kubernetes.io/ingress.class");
        by_annotation || classes.is_empty()
    }
}

/// All of them, in input order.
pub(super) fn find<'p>(context: &Context<'p>) -> Vec<Found<'p>> {
    let parsed = context.parsed;
    let mut all = Vec::new();
    for object in &parsed.objects {
        let Some((_, spec)) = object.pod() else { continue };
        let Some((image, name, class, kind)) = of(spec) else { continue };
        let given = |flag: &str| value(spec, flag);
        let namespace = name_of(object.object()).namespace;
        let config = given("--configmap").and_then(|text| {
            // The namespace is often a variable of the Pod.
            let (space, name) = text.split_once('/')?;
            let space = if space.starts_with("$(") { namespace.to_string() } else { space.to_owned() };
            Some((space, name.to_owned()))
        });
        let usual = (namespace.to_string(), "ingress-nginx-controller".to_owned());
        let (space, map) = config.unwrap_or(usual);
        let on = |flag: &str| given(flag).is_some_and(|text| text.is_empty() || text == "true");
        all.push(Found {
            object: object.object(),
            kind,
            name: given("--controller-class").map_or_else(|| Arc::from(name), Arc::from),
            class: given("--ingress-class").map_or_else(|| Arc::from(class), Arc::from),
            without_class: match kind {
                ControllerKind::IngressNginx => on("--watch-ingress-without-class"),
                ControllerKind::Plain => class == "traefik",
            },
            image,
            config: self::config(context, Some((&space, &map))),
            config_map: announced::config_map(&space, &map),
            announced: match class {
                "traefik" => announced::of_traefik(context, object.object(), spec),
                _ => announced::of_config(context, Some((&space, &map))),
            },
        });
    }
    all
}

/// What a ConfigMap says.
pub(super) fn config(context: &Context<'_>, name: Option<(&str, &str)>) -> BTreeMap<Arc<str>, Arc<str>> {
    let map = name.and_then(|(namespace, name)| context.config_map(namespace, name));
    let data = map.into_iter().flat_map(|map| &map.data);
    data.map(|(key, value)| (key.clone(), value.value.clone())).collect()
}

fn of(spec: &PodSpec) -> Option<(&'static str, &'static str, &'static str, ControllerKind)> {
    spec.containers.iter().find_map(|container| {
        let image = container.value.image.as_ref()?;
        // The jobs that make the webhook's certificate have an image beside it.
        let known = IMAGES.iter().find(|(part, ..)| image.value.contains(part) && !image.value.contains("certgen"))?;
        Some(*known)
    })
}

/// The value of a flag in the arguments of any container; empty for one without.
fn value(spec: &PodSpec, flag: &str) -> Option<String> {
    let words: Vec<&str> = spec
        .containers
        .iter()
        .flat_map(|container| container.value.command.iter().chain(&container.value.args))
        .map(|word| &*word.value)
        .collect();
    words.iter().find_map(|word| {
        let rest = word.strip_prefix(flag)?;
        match rest.strip_prefix('=') {
            Some(value) => Some(value.trim_matches(['"', '\'']).to_owned()),
            None if rest.is_empty() => Some(String::new()),
            None => None,
        }
    })
}
