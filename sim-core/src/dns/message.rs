//! DNS messages in wire format (RFC 1035 section 4): one question. Names are compressed where a message would not fit otherwise, as
//! CoreDNS does it; what still does not fit is left out and said (TC). EDNS0 (RFC 6891) gives the size that the other side takes.

use super::record::Rcode;
use super::record::{Data, Record, RecordType};
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Bytes of a datagram without EDNS0.
const PLAIN: usize = 512;
/// The type of the record that EDNS0 is.
const OPT: u16 = 41;
const HEADER: usize = 12;

/// A decoded message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Identifier.
    pub id: u16,
    /// A response.
    pub response: bool,
    /// The server has the zone itself (AA).
    pub authoritative: bool,
    /// Records were left out (TC).
    pub truncated: bool,
    /// The server asks others (RA).
    pub recursion: bool,
    /// Response code.
    pub rcode: Rcode,
    /// Name asked for, with a trailing dot.
    pub name: String,
    /// Type asked for.
    pub kind: RecordType,
    /// Answer records.
    pub answers: Vec<Record>,
    /// Authority records.
    pub authority: Vec<Record>,
    /// Additional records, but for EDNS0's.
    pub additional: Vec<Record>,
    /// EDNS0: the largest datagram that the sender takes.
    pub size: Option<u16>,
}

impl Message {
    /// A resolver's question.
    pub fn question(id: u16, name: &str, kind: RecordType) -> Self {
        Self {
            id,
            response: false,
            authoritative: false,
            truncated: false,
            recursion: false,
            rcode: Rcode::NoError,
            name: name.to_owned(),
            kind,
            answers: Vec::new(),
            authority: Vec::new(),
            additional: Vec::new(),
            size: None,
        }
    }

    /// The bytes of a datagram that its sender takes.
    pub fn takes(&self) -> usize {
        self.size.map_or(PLAIN, |size| usize::from(size).max(PLAIN))
    }
}

fn rcode_number(rcode: Rcode) -> u16 {
    match rcode {
        Rcode::NoError => 0,
        Rcode::ServFail => 2,
        Rcode::NxDomain => 3,
        Rcode::Refused => 5,
    }
}

fn put(out: &mut Vec<u8>, value: u16) {
    out.extend(value.to_be_bytes());
}

/// Writes a message; `seen` are names that stand in it already, where names are compressed.
struct Writer {
    out: Vec<u8>,
    seen: Option<BTreeMap<String, u16>>,
}

impl Writer {
    /// A name. `compressed`: one that may be a pointer to where it stands already (RFC 1035 section 4.1.4; never the target of an SRV).
    fn name(&mut self, name: &str, compressed: bool) {
        let mut rest = name.trim_end_matches('.');
        while !rest.is_empty() {
            let at = u16::try_from(self.out.len()).ok().filter(|at| *at < 0x4000);
            if let Some(seen) = self.seen.as_mut() {
                let key = rest.to_lowercase();
                if let (true, Some(known)) = (compressed, seen.get(&key)) {
                    let pointer = 0xc000 | *known;
                    put(&mut self.out, pointer);
                    return;
                }
                if let Some(at) = at {
                    seen.entry(key).or_insert(at);
                }
            }
            let (label, behind) = rest.split_once('.').unwrap_or((rest, ""));
            if !label.is_empty() {
                // A label has at most 63 bytes; longer ones cannot be asked for and are cut.
                let bytes = label.as_bytes().get(..label.len().min(63)).unwrap_or_default();
                self.out.push(bytes.len() as u8);
                self.out.extend(bytes);
            }
            rest = behind;
        }
        self.out.push(0);
    }

    fn record(&mut self, record: &Record) {
        self.name(&record.name, true);
        put(&mut self.out, record.kind.number());
        put(&mut self.out, 1);
        self.out.extend(record.ttl.to_be_bytes());
        let before = self.out.len();
        put(&mut self.out, 0);
        match &record.data {
            Data::Address(IpAddr::V4(ip)) => self.out.extend(ip.octets()),
            Data::Address(IpAddr::V6(ip)) => self.out.extend(ip.octets()),
            Data::Name(name) => self.name(name, true),
            Data::Service { priority, weight, port, target } => {
                for value in [*priority, *weight, *port] {
                    put(&mut self.out, value);
                }
                self.name(target, false);
            }
            Data::Authority { server, mailbox, numbers } => {
                self.name(server, true);
                self.name(mailbox, true);
                self.out.extend(numbers.iter().flat_map(|number| number.to_be_bytes()));
            }
            Data::Text(texts) => {
                for text in texts {
                    let bytes = text.as_bytes().get(..text.len().min(255)).unwrap_or_default();
                    self.out.push(bytes.len() as u8);
                    self.out.extend(bytes);
                }
            }
            Data::Exchange { preference, target } => {
                put(&mut self.out, *preference);
                self.name(target, true);
            }
        }
        let length = (self.out.len() - before).saturating_sub(2) as u16;
        if let Some(place) = self.out.get_mut(before..before + 2) {
            place.copy_from_slice(&length.to_be_bytes());
        }
    }
}

/// Encodes a message.
pub fn encode(message: &Message) -> Vec<u8> {
    written(message, false).out
}

/// Encodes an answer for who takes so many bytes (`dns.Msg.Truncate`): with names compressed where it is too long without, and without the
/// records that do not fit then. TC is set where the answer itself is not whole.
pub fn encode_within(message: &Message, limit: usize) -> Vec<u8> {
    let plain = encode(message);
    if plain.len() <= limit {
        return plain;
    }
    let mut cut = message.clone();
    let mut writer = written(&Message { answers: Vec::new(), authority: Vec::new(), ..bare(message) }, true);
    let mut fitting = |records: &mut Vec<Record>| {
        let fits = records.iter().position(|record| {
            let before = (writer.out.len(), writer.seen.clone());
            writer.record(record);
            let over = writer.out.len() > limit;
            if over {
                writer.out.truncate(before.0);
                writer.seen = before.1;
            }
            over
        });
        records.truncate(fits.unwrap_or(records.len()));
    };
    for records in [&mut cut.answers, &mut cut.authority, &mut cut.additional] {
        fitting(records);
    }
    cut.truncated = cut.answers.len() < message.answers.len();
    written(&cut, true).out
}

fn bare(message: &Message) -> Message {
    Message { additional: Vec::new(), ..message.clone() }
}

fn written(message: &Message, compress: bool) -> Writer {
    let mut writer = Writer { out: Vec::with_capacity(HEADER), seen: compress.then(BTreeMap::new) };
    put(&mut writer.out, message.id);
    // RD is in every question, and comes back with its answer.
    let bits = [(message.response, 0x8000), (message.authoritative, 0x400), (message.truncated, 0x200)];
    let set = bits.into_iter().chain([(message.recursion, 0x80)]).filter(|(set, _)| *set);
    let flags = set.fold(0x100, |flags, (_, bit)| flags | bit) | rcode_number(message.rcode);
    put(&mut writer.out, flags);
    let additional = message.additional.len() + usize::from(message.size.is_some());
    for count in [1, message.answers.len(), message.authority.len(), additional] {
        put(&mut writer.out, count as u16);
    }
    writer.name(&message.name, true);
    put(&mut writer.out, message.kind.number());
    put(&mut writer.out, 1);
    for record in [&message.answers, &message.authority].into_iter().flatten() {
        writer.record(record);
    }
    if let Some(size) = message.size {
        writer.out.push(0);
        put(&mut writer.out, OPT);
        put(&mut writer.out, size);
        writer.out.extend([0; 6]);
    }
    message.additional.iter().for_each(|record| writer.record(record));
    writer
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Reader<'_> {
    fn byte(&mut self) -> Option<u8> {
        let byte = *self.bytes.get(self.at)?;
        self.at += 1;
        Some(byte)
    }

    fn short(&mut self) -> Option<u16> {
        Some(u16::from_be_bytes([self.byte()?, self.byte()?]))
    }

    /// A name; pointers lead back only, so it ends.
    fn name(&mut self) -> Option<String> {
        let mut name = String::new();
        let mut back = None;
        for _ in 0..128 {
            let length = self.byte()?;
            match length {
                0 => {
                    self.at = back.unwrap_or(self.at);
                    if name.is_empty() {
                        name.push('.');
                    }
                    return Some(name);
                }
                1..=63 => {
                    let label = self.bytes.get(self.at..self.at + usize::from(length))?;
                    name.push_str(std::str::from_utf8(label).ok()?);
                    name.push('.');
                    self.at += usize::from(length);
                }
                192..=255 => {
                    let target = usize::from(u16::from_be_bytes([length & 0x3f, self.byte()?]));
                    back = back.or(Some(self.at));
                    if target >= self.at - 2 {
                        return None;
                    }
                    self.at = target;
                }
                _ => return None,
            }
        }
        None
    }
}

/// Decodes a message with one question; `None` when it is not one. Records of unknown types are left out.
pub fn decode(bytes: &[u8]) -> Option<Message> {
    let mut reader = Reader { bytes, at: 0 };
    let id = reader.short()?;
    let flags = reader.short()?;
    let questions = reader.short()?;
    let counts = [reader.short()?, reader.short()?, reader.short()?];
    if questions != 1 {
        return None;
    }
    let name = reader.name()?;
    let kind = RecordType::from_number(reader.short()?)?;
    reader.short()?;
    let rcode = match flags & 0xf {
        0 => Rcode::NoError,
        3 => Rcode::NxDomain,
        5 => Rcode::Refused,
        _ => Rcode::ServFail,
    };
    let mut message = Message {
        response: flags & 0x8000 != 0,
        authoritative: flags & 0x400 != 0,
        truncated: flags & 0x200 != 0,
        recursion: flags & 0x80 != 0,
        rcode,
        ..Message::question(id, &name, kind)
    };
    let sections = [&mut message.answers, &mut message.authority, &mut message.additional];
    for (section, count) in sections.into_iter().zip(counts) {
        for _ in 0..count {
            match reader.record()? {
                Read::Record(record) => section.push(record),
                Read::Edns(size) => message.size = Some(size),
                Read::Unknown => {}
            }
        }
    }
    Some(message)
}

/// What a record is.
enum Read {
    Record(Record),
    Edns(u16),
    Unknown,
}

impl Reader<'_> {
    fn long(&mut self) -> Option<u32> {
        Some(u32::from(self.short()?) << 16 | u32::from(self.short()?))
    }

    fn record(&mut self) -> Option<Read> {
        let name = self.name()?;
        let (number, class) = (self.short()?, self.short()?);
        let ttl = self.long()?;
        let length = usize::from(self.short()?);
        let end = self.at + length;
        let kind = RecordType::from_number(number);
        let data = match (kind, length) {
            (Some(RecordType::A), 4) => {
                let octets: [u8; 4] = self.bytes.get(self.at..end)?.try_into().ok()?;
                Some(Data::Address(IpAddr::V4(Ipv4Addr::from(octets))))
            }
            (Some(RecordType::Aaaa), 16) => {
                let octets: [u8; 16] = self.bytes.get(self.at..end)?.try_into().ok()?;
                Some(Data::Address(IpAddr::V6(Ipv6Addr::from(octets))))
            }
            (Some(RecordType::Cname | RecordType::Ptr | RecordType::Ns), _) => Some(Data::Name(self.name()?)),
            (Some(RecordType::Srv), _) => {
                let (priority, weight, port) = (self.short()?, self.short()?, self.short()?);
                Some(Data::Service { priority, weight, port, target: self.name()? })
            }
            (Some(RecordType::Soa), _) => {
                let (server, mailbox) = (self.name()?, self.name()?);
                let numbers = [self.long()?, self.long()?, self.long()?, self.long()?, self.long()?];
                Some(Data::Authority { server, mailbox, numbers })
            }
            (Some(RecordType::Txt), _) => {
                let mut texts = Vec::new();
                while self.at < end {
                    let length = usize::from(self.byte()?);
                    let text = self.bytes.get(self.at..self.at + length)?;
                    texts.push(String::from_utf8_lossy(text).into_owned());
                    self.at += length;
                }
                Some(Data::Text(texts))
            }
            (Some(RecordType::Mx), _) => Some(Data::Exchange { preference: self.short()?, target: self.name()? }),
            _ => None,
        };
        self.at = end;
        Some(match kind.zip(data) {
            _ if number == OPT => Read::Edns(class),
            Some((kind, data)) => Read::Record(Record { name, kind, ttl, data }),
            None => Read::Unknown,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NAME: &str = "web.default.svc.cluster.local.";

    fn record(text: &str) -> Record {
        Record::read(text).unwrap()
    }

    fn answer(records: &[&str]) -> Message {
        let answers = records.iter().map(|text| record(text)).collect();
        Message { response: true, authoritative: true, answers, ..Message::question(7, NAME, RecordType::A) }
    }

    #[test]
    fn messages_come_back_as_they_went() {
        let records = [
            "web.default.svc.cluster.local. 30 IN A 10.96.0.11",
            "web.default.svc.cluster.local. 30 IN SRV 0 100 80 web.default.svc.cluster.local.",
            "web.default.svc.cluster.local. 30 IN AAAA fd00::b",
            "x.default.svc.cluster.local. 30 IN CNAME web.default.svc.cluster.local.",
            "a.b. 30 IN TXT \"1.1.0\" \"two words\"",
            "a.b. 30 IN MX 10 mail.a.b.",
        ];
        let soa =
            record("cluster.local. 30 IN SOA ns.dns.cluster.local. hostmaster.cluster.local. 1 7200 1800 86400 30");
        let question = Message::question(7, NAME, RecordType::A);
        let edns = Message { size: Some(1232), ..question.clone() };
        let negative = Message { authority: vec![soa], recursion: true, rcode: Rcode::NxDomain, ..answer(&[]) };
        for message in [question, edns, negative, answer(&records)] {
            assert_eq!(decode(&encode(&message)), Some(message.clone()));
            // Compressed, too.
            assert_eq!(decode(&written(&message, true).out), Some(message));
        }
    }

    #[test]
    fn what_does_not_fit_is_left_out_and_said() {
        let records: Vec<String> = (1..=60).map(|at| format!("{NAME} 30 IN A 10.244.0.{at}")).collect();
        let all = |count: usize| answer(&records.iter().take(count).map(String::as_str).collect::<Vec<_>>());
        let got = |count: usize, limit: usize| {
            let bytes = encode_within(&all(count), limit);
            assert!(bytes.len() <= limit, "{} of {limit}", bytes.len());
            let read = decode(&bytes).unwrap();
            (read.truncated, read.answers.len())
        };
        // 48 bytes of header and question; 46 a record with its whole name, 16 with a pointer.
        assert_eq!(got(10, 512), (false, 10));
        assert_eq!(got(29, 512), (false, 29));
        assert_eq!(got(30, 512), (true, 29));
        assert_eq!(got(60, 1232), (false, 60));
        assert_eq!(got(60, 65535), (false, 60));
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            decode(&bytes);
        }
    }
}
