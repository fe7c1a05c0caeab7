//! A given Pod's status, as far as it decides what runs, what listens and what is ready.

use super::{ContainerState, Obstacle, ObstacleKind, Phase, PodState};
use crate::cluster::context::Context;
use crate::cluster::model::Container;
use crate::manifest::objects::{self, Condition, ContainerStatus, Document, List, StateOfContainer};
use crate::origin::{Span, Spanned};
use std::sync::Arc;

/// What the status of a given Pod comes to.
pub(in crate::cluster) struct Given {
    pub(in crate::cluster) state: PodState,
    /// Condition `Ready`, or what would make it so.
    pub(in crate::cluster) ready: bool,
    /// It has no network; the state's obstacle says why.
    pub(in crate::cluster) absent: bool,
    /// The obstacle's place.
    pub(in crate::cluster) span: Span,
}

/// An obstacle with its place.
type Held = (Obstacle, Span);

/// Reads a Pod's status and enters what its containers do.
pub(in crate::cluster) fn given(
    context: &Context<'_>,
    document: &Document<objects::Pod>,
    containers: &mut [Container],
) -> Given {
    let reader = Reader { context, pod: &document.value };
    let phase = reader.phase();
    let deleted_at = document.value.metadata.deletion_timestamp.as_ref().and_then(|text| context.at(text.span));
    let of = |held: Option<Held>, ready, absent| {
        let (obstacle, span) = held.map_or_else(Default::default, |(obstacle, span)| (Some(obstacle), span));
        Given { state: PodState { phase, obstacle, deleted_at: deleted_at.clone() }, ready, absent, span }
    };
    if matches!(phase, Phase::Succeeded | Phase::Failed) {
        return of(Some(reader.ended()), false, true);
    }
    let init = reader.init();
    reader.containers(phase, init.is_some(), containers);
    if let Some(obstacle) = reader.absent(phase, containers) {
        return of(Some(obstacle), false, true);
    }
    let ready = reader.ready(phase, init.is_some(), containers);
    let obstacle = (!ready).then(|| init.unwrap_or_else(|| reader.obstacle(containers)));
    of(obstacle, ready, false)
}

struct Reader<'c, 'p> {
    context: &'c Context<'p>,
    pod: &'c objects::Pod,
}

impl Reader<'_, '_> {
    fn phase(&self) -> Phase {
        match self.pod.status.phase.as_ref().map(|phase| &*phase.value) {
            Some("Pending") => Phase::Pending,
            Some("Succeeded") => Phase::Succeeded,
            Some("Failed") => Phase::Failed,
            Some("Unknown") => Phase::Unknown,
            _ => Phase::Running,
        }
    }

    fn condition(&self, kind: &str) -> Option<&Spanned<Condition>> {
        self.pod.status.conditions.iter().find(|condition| &*condition.kind == kind)
    }

    fn obstacle_of(&self, kind: ObstacleKind, container: Option<&Arc<str>>, said: (Arc<str>, Span)) -> Held {
        let (reason, span) = said;
        (Obstacle { kind, container: container.cloned(), reason, at: self.context.at(span) }, span)
    }

    /// The first container that does not run.
    fn stopped(&self, kind: ObstacleKind, containers: &[Container]) -> Option<Held> {
        let container = containers.iter().find(|container| !container.state.runs())?;
        let status = &self.pod.status;
        let statuses = || status.container_statuses.iter().chain(&status.init_container_statuses);
        let said = statuses().find(|one| one.name == container.name).and_then(|one| said_of(&one.state));
        let phase = status.phase.as_ref().map(|phase| phase.span).unwrap_or_default();
        let said = said.unwrap_or_else(|| match &container.state {
            ContainerState::Waiting { reason, .. } | ContainerState::Terminated { reason, .. } => {
                (reason.clone(), phase)
            }
            ContainerState::Running => (Arc::from(""), phase),
        });
        Some(self.obstacle_of(kind, Some(&container.name), said))
    }

    /// Word and place of a condition.
    fn said(condition: &Spanned<Condition>) -> (Arc<str>, Span) {
        condition
            .reason
            .as_ref()
            .map_or_else(|| (Arc::from(""), condition.span), |reason| (reason.value.clone(), reason.span))
    }

    fn ended(&self) -> Held {
        let status = &self.pod.status;
        let of_pod = status.reason.as_ref().map(|reason| (reason.value.clone(), reason.span));
        let of_container = || {
            let mut states = status.container_statuses.iter().map(|one| &one.state);
            states.find_map(|state| {
                state.terminated.as_ref()?.reason.as_ref().map(|word| (word.value.clone(), word.span))
            })
        };
        let phase = || status.phase.as_ref().map(|phase| (phase.value.clone(), phase.span));
        let said = of_pod.or_else(of_container).or_else(phase).unwrap_or_default();
        self.obstacle_of(ObstacleKind::Ended, None, said)
    }

    /// The first init container that has not done its part: an ordinary one ends well, a sidecar has started.
    fn init(&self) -> Option<Held> {
        self.pod.spec.init_containers.iter().find_map(|container| {
            let sidecar = is_sidecar(container);
            let status = status_of(&self.pod.status.init_container_statuses, &container.name)?;
            let done = match (&status.state.terminated, &status.state.running) {
                (Some(end), _) => !sidecar && end.exit_code.unwrap_or(0) == 0,
                (None, Some(_)) => sidecar && status.started.as_ref().is_none_or(|flag| flag.value),
                (None, None) => status.state.waiting.is_none(),
            };
            let said = said_of(&status.state).unwrap_or_else(|| (Arc::from("PodInitializing"), status.span));
            (!done).then(|| self.obstacle_of(ObstacleKind::InitContainer, Some(&container.name), said))
        })
    }

    /// Enters what each container does.
    fn containers(&self, phase: Phase, initializing: bool, containers: &mut [Container]) {
        let status = &self.pod.status;
        for container in containers {
            let sidecar =
                self.pod.spec.init_containers.iter().any(|one| is_sidecar(one) && one.name.value == container.name);
            let list = if sidecar { &status.init_container_statuses } else { &status.container_statuses };
            let own = status_of(list, &container.name);
            container.state = match own.map(|own| &own.state) {
                Some(StateOfContainer { running: Some(_), .. }) => ContainerState::Running,
                Some(state @ StateOfContainer { terminated: Some(_), .. }) => {
                    let (reason, span) = said_of(state).unwrap_or_default();
                    ContainerState::Terminated { reason, at: self.context.at(span) }
                }
                Some(state @ StateOfContainer { waiting: Some(_), .. }) => {
                    let (reason, span) = said_of(state).unwrap_or_default();
                    ContainerState::Waiting { reason, at: self.context.at(span) }
                }
                // Nothing is said: what the phase lets one expect.
                _ if initializing && !sidecar => {
                    ContainerState::Waiting { reason: Arc::from("PodInitializing"), at: None }
                }
                _ if phase == Phase::Pending && !own.is_some_and(is_ready) => ContainerState::Waiting {
                    reason: Arc::from("ContainerCreating"),
                    at: status.phase.as_ref().and_then(|phase| self.context.at(phase.span)),
                },
                _ => ContainerState::Running,
            };
        }
    }

    /// Why the Pod has no address, where it has none.
    fn absent(&self, phase: Phase, containers: &[Container]) -> Option<Held> {
        let (spec, status) = (&self.pod.spec, &self.pod.status);
        if status.pod_ip.is_some() || !status.pod_ips.is_empty() {
            return None;
        }
        let refused = self.condition("PodScheduled").filter(|condition| &*condition.status == "False");
        if let Some(condition) = refused {
            return Some(self.obstacle_of(ObstacleKind::Unscheduled, None, Self::said(condition)));
        }
        let pending = status.phase.as_ref().filter(|_| phase == Phase::Pending)?;
        let said = (pending.value.clone(), pending.span);
        if spec.node_name.is_none() && status.host_ip.is_none() {
            return Some(self.obstacle_of(ObstacleKind::Unscheduled, None, said));
        }
        let stopped = self.stopped(ObstacleKind::NotStarted, containers);
        Some(stopped.unwrap_or_else(|| self.obstacle_of(ObstacleKind::NotStarted, None, said)))
    }

    /// The condition `Ready`; without one, what kubelet would make of the containers and the readiness gates.
    fn ready(&self, phase: Phase, initializing: bool, containers: &[Container]) -> bool {
        if let Some(condition) = self.condition("Ready") {
            return &*condition.status == "True";
        }
        let status = &self.pod.status;
        let statuses = status.container_statuses.iter().chain(&status.init_container_statuses);
        let own = |container: &Container| statuses.clone().find(|one| one.name == container.name);
        let ready = |container: &Container| {
            container.state.runs() && own(container).is_none_or(|one| one.ready.as_ref().is_none_or(|flag| flag.value))
        };
        let gates = status.conditions.is_empty() || self.open_gate().is_none();
        !initializing && !matches!(phase, Phase::Pending | Phase::Unknown) && containers.iter().all(ready) && gates
    }

    /// The first readiness gate that is not `True`.
    fn open_gate(&self) -> Option<(Arc<str>, Span)> {
        let gates = self.pod.spec.readiness_gates.iter();
        gates
            .filter(|gate| self.condition(&gate.condition_type).is_none_or(|condition| &*condition.status != "True"))
            .map(|gate| {
                let at = self.condition(&gate.condition_type).map_or(gate.span, |condition| condition.span);
                (gate.condition_type.clone(), at)
            })
            .next()
    }

    /// What keeps a Pod whose init containers are done from being ready.
    fn obstacle(&self, containers: &[Container]) -> Held {
        if let Some(stopped) = self.stopped(ObstacleKind::Container, containers) {
            return stopped;
        }
        let (spec, status) = (&self.pod.spec, &self.pod.status);
        let all = || spec.containers.iter().chain(spec.init_containers.iter().filter(|one| is_sidecar(one)));
        let own = |container: &objects::Container| {
            let mut statuses = status.container_statuses.iter().chain(&status.init_container_statuses);
            statuses.find(|one| one.name == container.name.value)
        };
        let starting = all().find_map(|container| {
            let probe = container.startup_probe.as_ref()?;
            let started = own(container)?.started.as_ref()?;
            (!started.value).then_some((container, probe.span))
        });
        if let Some((container, at)) = starting {
            let said = (Arc::from(""), at);
            return self.obstacle_of(ObstacleKind::StartupProbe, Some(&container.name), said);
        }
        let ready = self.condition("Ready");
        let word = ready.and_then(|condition| condition.reason.as_ref()).map(|reason| reason.value.clone());
        // kubelet says `ReadinessGatesNotReady` where the containers are ready and a gate is not.
        let containers_ready = self.condition("ContainersReady").is_some_and(|condition| &*condition.status == "True");
        let gate = self.open_gate();
        if let Some(gate) =
            gate.clone().filter(|_| word.as_deref() == Some("ReadinessGatesNotReady") || containers_ready)
        {
            return self.obstacle_of(ObstacleKind::ReadinessGate, None, gate);
        }
        // The container that is said not to be ready; where nothing is said, the first that is probed.
        let unready = |container: &&Spanned<objects::Container>| {
            own(container).is_none_or(|one| one.ready.as_ref().is_none_or(|flag| !flag.value))
        };
        let probed =
            all().filter(unready).find_map(|container| Some((container, container.readiness_probe.as_ref()?.span)));
        if let Some((container, at)) = probed {
            return self.obstacle_of(
                ObstacleKind::ReadinessProbe,
                Some(&container.name),
                (word.unwrap_or_default(), at),
            );
        }
        match (gate, ready) {
            (Some(gate), _) => self.obstacle_of(ObstacleKind::ReadinessGate, None, gate),
            (None, Some(ready)) => self.obstacle_of(ObstacleKind::Condition, None, Self::said(ready)),
            (None, None) => {
                let phase = status.phase.as_ref().map(|phase| (phase.value.clone(), phase.span));
                let flag = all().find_map(|one| Some((Arc::from(""), own(one)?.ready.as_ref()?.span)));
                self.obstacle_of(ObstacleKind::Condition, None, flag.or(phase).unwrap_or_default())
            }
        }
    }
}

/// A container that starts before the others and stays.
pub(in crate::cluster) fn is_sidecar(container: &objects::Container) -> bool {
    container.restart_policy.as_ref().is_some_and(|policy| &*policy.value == "Always")
}

fn status_of<'p>(list: &'p List<ContainerStatus>, name: &Arc<str>) -> Option<&'p Spanned<ContainerStatus>> {
    list.iter().find(|one| one.name == *name)
}

fn is_ready(status: &Spanned<ContainerStatus>) -> bool {
    status.ready.as_ref().is_some_and(|flag| flag.value)
}

/// kubelet's word for a state that is not `running`, and where it stands.
fn said_of(state: &StateOfContainer) -> Option<(Arc<str>, Span)> {
    let word = |reason: &Option<Spanned<Arc<str>>>, default: &str, span| {
        let given = reason.as_ref().map(|reason| (reason.value.clone(), reason.span));
        given.unwrap_or_else(|| (Arc::from(default), span))
    };
    if let Some(end) = &state.terminated {
        let default = if end.exit_code.unwrap_or(0) == 0 { "Completed" } else { "Error" };
        return Some(word(&end.reason, default, end.span));
    }
    if let Some(run) = &state.running {
        return Some((Arc::from("Running"), run.span));
    }
    state.waiting.as_ref().map(|waiting| word(&waiting.reason, "ContainerCreating", waiting.span))
}
