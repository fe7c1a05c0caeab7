//! Segments of TCP connections: which connection each belongs to, and which part of it each is.
//!
//! Sequence numbers tell: no rule changes them, so that a segment keeps its own at every device, whatever becomes of its addresses.

use std::collections::BTreeMap;

/// Sequence number, acknowledgement, flags and bytes of a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Segment {
    /// Sequence number.
    pub seq: u32,
    /// What is acknowledged.
    pub ack: u32,
    /// The flags' byte of the header.
    pub flags: u8,
    /// Bytes of the stream.
    pub data: u32,
    /// With the header: what fits is as long, whatever options leave of it for the stream.
    pub whole: u32,
    /// Identification of the packet that carries it: another one where it is sent again.
    pub id: u16,
}

const FIN: u8 = 1;
const SYN: u8 = 2;
const RST: u8 = 4;
const ACK: u8 = 16;

impl Segment {
    /// Of a packet that has one, from its IPv4 header on. `None` for other protocols and later fragments.
    pub fn of(ip: &[u8]) -> Option<Self> {
        let word = |bytes: &[u8], at: usize| Some(u16::from_be_bytes([*bytes.get(at)?, *bytes.get(at + 1)?]));
        let long = |bytes: &[u8], at: usize| Some(u32::from(word(bytes, at)?) << 16 | u32::from(word(bytes, at + 2)?));
        if *ip.get(9)? != 6 || word(ip, 6)? & 0x1fff != 0 {
            return None;
        }
        let header = usize::from(ip.first()? & 15) * 4;
        let tcp = ip.get(header..)?;
        let own = usize::from(tcp.get(12)? >> 4) * 4;
        let data = usize::from(word(ip, 2)?).saturating_sub(header + own) as u32;
        let id = word(ip, 4)?;
        Some(Self { seq: long(tcp, 4)?, ack: long(tcp, 8)?, flags: *tcp.get(13)?, data, whole: data + own as u32, id })
    }

    fn has(&self, flags: u8) -> bool {
        self.flags & flags == flags
    }

    /// SYN, with or without ACK.
    pub fn has_syn(&self) -> bool {
        self.has(SYN)
    }

    /// The first of a connection.
    pub fn opens(&self) -> bool {
        self.has(SYN) && !self.has(ACK)
    }

    /// It carries bytes of the stream, or its end: what a handshake has none of.
    pub fn goes_on(&self) -> bool {
        self.data > 0 || self.has(FIN)
    }
}

/// What of a connection a segment is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// SYN, SYN-ACK, and whatever resets a connection.
    Opens,
    /// The last ACK of the handshake.
    Stands,
    /// The first bytes of what is written at once.
    Carries,
    /// The rest of it.
    Continues,
    /// Bytes, or FIN, that were sent before: when that is done is the kernel's pace.
    Again,
    /// FIN.
    Ends,
    /// The ACK of the second FIN. That of the first one goes with the second, or before it at the kernel's pace.
    Over,
    /// Any other ACK: when one is sent is the kernel's pace.
    Acknowledges,
}

/// A connection that was seen.
#[derive(Clone, Debug)]
struct Stream {
    /// Sequence numbers of SYN and SYN-ACK.
    first: [u32; 2],
    answered: bool,
    /// Where FIN stands, of the client's bytes and of the server's, and by which packet it came first.
    ends: [Option<(u32, u16)>; 2],
    /// Where what was written at once begins, likewise, with how long each segment from there on was and by which packet it came first.
    starts: [Vec<Start>; 2],
}

/// The first segment of what was written at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Start {
    seq: u32,
    whole: u32,
    id: u16,
}

/// So many bytes a stream has at most.
const WINDOW: u32 = 1 << 24;

/// Connections by their sequence numbers.
#[derive(Clone, Debug, Default)]
pub struct Streams {
    all: Vec<Stream>,
}

impl Streams {
    /// Hears of a segment, in any order with others of its connection but for the handshake.
    pub fn learn(&mut self, segment: &Segment) {
        match (segment.has(SYN), segment.has(ACK)) {
            (true, false) => {
                if !self.all.iter().any(|known| known.first[0] == segment.seq) {
                    self.all.push(Stream {
                        first: [segment.seq, 0],
                        answered: false,
                        ends: [None; 2],
                        starts: Default::default(),
                    });
                }
            }
            (true, true) => {
                let asked = segment.ack.wrapping_sub(1);
                if let Some(known) = self.all.iter_mut().find(|known| known.first[0] == asked) {
                    known.first[1] = segment.seq;
                    known.answered = true;
                }
            }
            (false, _) if segment.has(FIN) && !segment.has(RST) => {
                if let Some((at, side)) = self.side(segment)
                    && let Some(end) = self.all.get_mut(at).and_then(|known| known.ends.get_mut(side))
                {
                    end.get_or_insert((segment.seq.wrapping_add(segment.data), segment.id));
                }
            }
            (false, _) => {}
        }
    }

    /// Hears of the segments that were seen of what was written at once, in the order of time.
    pub fn wrote<'s>(&mut self, segments: impl Iterator<Item = &'s Segment> + Clone) {
        let bytes = segments.filter(|segment| segment.data > 0 && !segment.has(SYN));
        let mut first: BTreeMap<(usize, usize), u32> = BTreeMap::new();
        for segment in bytes.clone() {
            let Some((at, side)) = self.side(segment) else { continue };
            let begun = self.all[at].first[side];
            let least = first.entry((at, side)).or_insert(segment.seq);
            if segment.seq.wrapping_sub(begun) < least.wrapping_sub(begun) {
                *least = segment.seq;
            }
        }
        for segment in bytes {
            let Some(place) = self.side(segment).filter(|place| first.get(place) == Some(&segment.seq)) else {
                continue;
            };
            let starts = &mut self.all[place.0].starts[place.1];
            // Shorter where the sender was told what fits.
            if !starts.iter().any(|start| (start.seq, start.whole) == (segment.seq, segment.whole)) {
                starts.push(Start { seq: segment.seq, whole: segment.whole, id: segment.id });
            }
        }
    }

    /// The connection of a segment, and from which side it comes: 0 for the client's.
    fn side(&self, segment: &Segment) -> Option<(usize, usize)> {
        let near = |first: u32, number: u32| number.wrapping_sub(first.wrapping_add(1)) < WINDOW;
        let of = |known: &Stream| {
            let [client, server] = known.first;
            let to = |own: u32, other: u32| near(own, segment.seq) && near(other, segment.ack);
            match (known.answered, to(client, server), to(server, client)) {
                (true, true, _) => Some(0),
                (true, _, true) => Some(1),
                _ => None,
            }
        };
        self.all.iter().enumerate().rev().find_map(|(at, known)| Some((at, of(known)?)))
    }

    /// What of its connection a segment is, and the sequence number of the SYN that opened it. `None` for what belongs to none.
    pub fn part(&self, segment: &Segment) -> Option<(u32, Part)> {
        let (at, part) = self.place(segment)?;
        Some((self.all.get(at)?.first[0], part))
    }

    fn place(&self, segment: &Segment) -> Option<(usize, Part)> {
        if segment.has(SYN) {
            let client = if segment.has(ACK) { segment.ack.wrapping_sub(1) } else { segment.seq };
            let at = self.all.iter().rposition(|known| known.first[0] == client)?;
            return Some((at, Part::Opens));
        }
        if segment.has(RST) {
            // A reset of a SYN acknowledges it; another one stands where the stream is.
            let refused = |known: &Stream| segment.has(ACK) && known.first[0].wrapping_add(1) == segment.ack;
            let within = |known: &Stream| {
                known.first.iter().any(|first| segment.seq.wrapping_sub(first.wrapping_add(1)) < WINDOW)
            };
            let at = self.all.iter().rposition(refused).or_else(|| self.all.iter().rposition(within))?;
            return Some((at, Part::Opens));
        }
        let (at, side) = self.side(segment)?;
        let known = self.all.get(at)?;
        let [own, other] = [known.first[side], known.first[1 - side]];
        let past = |end: Option<(u32, u16)>, number: u32| end.is_some_and(|(end, _)| number == end.wrapping_add(1));
        let acknowledged = segment.ack.wrapping_sub(other.wrapping_add(1));
        let part = if segment.has(FIN) {
            let first = known.ends[side].is_none_or(|(_, id)| id == segment.id);
            if first { Part::Ends } else { Part::Again }
        } else if segment.data > 0 {
            let same = |start: &&Start| (start.seq, start.whole) == (segment.seq, segment.whole);
            match known.starts[side].iter().find(same) {
                Some(start) if start.id == segment.id => Part::Carries,
                Some(_) => Part::Again,
                None => Part::Continues,
            }
        } else if side == 0 && segment.seq == own.wrapping_add(1) && acknowledged == 0 {
            Part::Stands
        } else if past(known.ends[1 - side], segment.ack) && past(known.ends[side], segment.seq) {
            Part::Over
        } else {
            Part::Acknowledges
        };
        Some((at, part))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn segment(seq: u32, ack: u32, flags: u8, data: u32) -> Segment {
        Segment { seq, ack, flags, data, whole: data + 32, id: 1 }
    }

    #[test]
    fn every_part_of_a_connection_is_told() {
        // Near the end of all numbers.
        let (client, server) = (u32::MAX - 3, 77);
        let all = [
            (segment(client, 0, SYN, 0), Part::Opens),
            (segment(server, client.wrapping_add(1), SYN | ACK, 0), Part::Opens),
            (segment(client.wrapping_add(1), server + 1, ACK, 0), Part::Stands),
            (segment(client.wrapping_add(1), server + 1, ACK | 8, 10), Part::Carries),
            (segment(server + 1, client.wrapping_add(11), ACK, 0), Part::Acknowledges),
            (segment(server + 1, client.wrapping_add(11), ACK | 8, 5), Part::Carries),
            (segment(client.wrapping_add(11), server + 6, ACK, 0), Part::Acknowledges),
            (segment(client.wrapping_add(11), server + 6, FIN | ACK, 0), Part::Ends),
            (segment(server + 6, client.wrapping_add(12), ACK, 0), Part::Acknowledges),
            (segment(server + 6, client.wrapping_add(12), FIN | ACK, 0), Part::Ends),
            (segment(client.wrapping_add(12), server + 7, ACK, 0), Part::Over),
            (segment(client.wrapping_add(11), 0, RST, 0), Part::Opens),
        ];
        let mut streams = Streams::default();
        streams.learn(&segment(5, 0, SYN, 0));
        all.iter().for_each(|(segment, _)| streams.learn(segment));
        for (written, _) in &all[3..6] {
            let rest = Segment { seq: written.seq.wrapping_add(written.data), ..*written };
            streams.wrote([written, &rest].into_iter());
        }
        for (segment, part) in &all {
            assert_eq!(streams.part(segment), Some((client, *part)), "{segment:?}");
        }
        let rest = segment(client.wrapping_add(14), server + 1, ACK, 7);
        assert_eq!(streams.part(&rest), Some((client, Part::Continues)));
        // As long, though an option takes from the stream: what did not leave is tried again.
        let tried = Segment { id: 3, data: all[3].0.data - 2, ..all[3].0 };
        streams.wrote([&tried].into_iter());
        assert_eq!(streams.part(&tried), Some((client, Part::Again)));
        for at in [3, 7] {
            let again = Segment { id: 2, ..all[at].0 };
            streams.learn(&again);
            assert_eq!(streams.part(&again), Some((client, Part::Again)));
            assert_ne!(streams.part(&all[at].0), Some((client, Part::Again)));
        }
        assert_eq!(streams.part(&segment(1 << 30, 1 << 30, ACK, 0)), None);
    }

    #[test]
    fn a_segment_is_read_from_its_headers() {
        let mut ip = vec![0x45, 0, 0, 60, 0, 0, 0x40, 0, 64, 6, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2];
        ip.extend([0x9c, 0x40, 0, 80, 0, 0, 0, 7, 0, 0, 0, 9, 0x80, 24, 0, 0]);
        let read = Segment::of(&ip).unwrap();
        assert_eq!(read, Segment { id: 0, ..segment(7, 9, ACK | 8, 60 - 20 - 32) });
        assert!(read.goes_on());
        ip[9] = 17;
        assert_eq!(Segment::of(&ip), None);
    }
}
