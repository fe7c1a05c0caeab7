//! Questions that a name server asks others before it answers. Whoever simulates packets sends them and says what came of them; then the
//! server is asked once more, with what it heard.

use super::answer::Answer;
use super::message;
use super::record::RecordType;
use kernel::ids::NetnsId;
use kernel::packet::Protocol;
use kubernetes::corefile::Forward;
use std::net::SocketAddr;
use std::sync::Arc;

/// Seconds that CoreDNS waits for a datagram's answer, for a connection, and as long as which it tries again (plugin/forward, pkg/proxy).
const READ: u32 = 2;
const DIAL: u32 = 30;
const DEADLINE: u32 = 5;
/// Until a server that refuses has failed often enough to be taken to be down: three checks, half a second apart.
const DOWN: u32 = 1;

/// One question to other servers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ask {
    /// Whom, one after the other: each with the namespace that it is asked from.
    pub to: Vec<(NetnsId, SocketAddr)>,
    /// Any of them may be the first.
    pub any: bool,
    /// A server that fails or refuses leaves the question to the next one.
    pub past_failure: bool,
    /// By datagrams or in a stream.
    pub protocol: Protocol,
    /// The question in wire format.
    pub question: Arc<[u8]>,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said {
    /// One of them answered.
    Answer(Arc<[u8]>),
    /// None did.
    Nothing,
    /// What they say is not known.
    Unknown,
}

/// A question to others that was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heard {
    /// The question.
    pub ask: Ask,
    /// Servers that did not answer, each with whether it said nothing; else it refused.
    pub lost: Vec<(SocketAddr, bool)>,
    /// The last that was asked, which answered or of which it is not known.
    pub by: Option<SocketAddr>,
    /// What came of it.
    pub said: Said,
}

/// What a name server does about a question.
#[derive(Clone, Debug, PartialEq)]
pub enum Turn {
    /// It asks others first.
    Asks(Ask),
    /// It says nothing at all.
    Silent,
    /// It answers: the message, and what is in it.
    Answers(Arc<[u8]>, Box<Answer>),
}

/// What CoreDNS wants to know from others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Wanted {
    /// With a trailing dot.
    pub(super) name: String,
    pub(super) kind: RecordType,
    pub(super) to: Vec<SocketAddr>,
    pub(super) protocol: Protocol,
    pub(super) any: bool,
}

impl Wanted {
    /// As it is sent from a namespace, in place of a question that was asked.
    pub(super) fn ask(self, netns: NetnsId, asked: &message::Message) -> Ask {
        let Self { name, kind, to, protocol, any } = self;
        let question = message::encode(&message::Message { name, kind, ..asked.clone() });
        let to = to.into_iter().map(|server| (netns, server)).collect();
        Ask { to, any, past_failure: false, protocol, question: Arc::from(question) }
    }

    /// What was heard about it.
    pub(super) fn among<'h>(&self, heard: &'h [Heard]) -> Option<&'h Heard> {
        heard.iter().find(|heard| {
            let ask = &heard.ask;
            let question = message::decode(&ask.question);
            question
                .is_some_and(|question| question.kind == self.kind && question.name.eq_ignore_ascii_case(&self.name))
                && ask.protocol == self.protocol
                && ask.to.iter().map(|(_, server)| *server).eq(self.to.iter().copied())
        })
    }
}

impl Heard {
    /// Seconds that CoreDNS takes over it.
    pub(super) fn seconds(&self, forward: &Forward) -> u32 {
        let wait = if self.ask.protocol == Protocol::Tcp { DIAL } else { READ };
        let silent = self.lost.iter().filter(|(_, silent)| *silent).count() as u32;
        if self.said != Said::Nothing {
            return silent * wait;
        }
        let tries = if forward.attempts == 0 { u32::MAX } else { forward.attempts };
        match silent {
            0 if forward.attempts > 0 => 0,
            0 if forward.never_down => DEADLINE,
            0 => DOWN,
            _ => DEADLINE.div_ceil(wait).min(tries) * wait,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silence_takes_its_time() {
        let server: SocketAddr = "192.0.2.1:53".parse().unwrap();
        let heard = |protocol, lost: &[bool], said| Heard {
            ask: Ask { to: Vec::new(), any: true, past_failure: false, protocol, question: Arc::from([]) },
            lost: lost.iter().map(|silent| (server, *silent)).collect(),
            by: None,
            said,
        };
        let usual = Forward::to(Arc::from(""), Vec::new(), 1);
        let check = |protocol, lost: &[bool], said, forward: &Forward| heard(protocol, lost, said).seconds(forward);
        let answer = || Said::Answer(Arc::from([]));
        assert_eq!(check(Protocol::Udp, &[], answer(), &usual), 0);
        assert_eq!(check(Protocol::Udp, &[true, false], answer(), &usual), 2);
        // Three tries of two seconds: the third begins before five are over.
        assert_eq!(check(Protocol::Udp, &[true], Said::Nothing, &usual), 6);
        assert_eq!(check(Protocol::Udp, &[true, true], Said::Nothing, &usual), 6);
        assert_eq!(check(Protocol::Tcp, &[true], Said::Nothing, &usual), 30);
        assert_eq!(check(Protocol::Udp, &[false], Said::Nothing, &usual), 1);
        let stubborn = Forward { never_down: true, ..usual.clone() };
        assert_eq!(check(Protocol::Udp, &[false], Said::Nothing, &stubborn), 5);
        let once = Forward { attempts: 1, ..usual };
        assert_eq!(check(Protocol::Udp, &[true], Said::Nothing, &once), 2);
        assert_eq!(check(Protocol::Udp, &[false], Said::Nothing, &once), 0);
    }
}
