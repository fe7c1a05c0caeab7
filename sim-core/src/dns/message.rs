//! DNS messages in wire format (RFC 1035 section 4): one question, no compression written, compression read.

use super::record::Rcode;
use super::record::{Data, Record, RecordType};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// A decoded message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Identifier.
    pub id: u16,
    /// A response.
    pub response: bool,
    /// Response code.
    pub rcode: Rcode,
    /// Name asked for, with a trailing dot.
    pub name: String,
    /// Type asked for.
    pub kind: RecordType,
    /// Answer records.
    pub answers: Vec<Record>,
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

fn put_name(out: &mut Vec<u8>, name: &str) {
    for label in name.trim_end_matches('.').split('.').filter(|label| !label.is_empty()) {
        // A label has at most 63 bytes; longer ones cannot be asked for and are cut.
        let bytes = label.as_bytes().get(..label.len().min(63)).unwrap_or_default();
        out.push(bytes.len() as u8);
        out.extend(bytes);
    }
    out.push(0);
}

/// Encodes a message.
pub fn encode(message: &Message) -> Vec<u8> {
    let mut out = Vec::new();
    put(&mut out, message.id);
    // QR, AA and RD for responses; RD for queries.
    let flags = if message.response { 0x8500 | rcode_number(message.rcode) } else { 0x0100 };
    put(&mut out, flags);
    for count in [1, message.answers.len() as u16, 0, 0] {
        put(&mut out, count);
    }
    put_name(&mut out, &message.name);
    put(&mut out, message.kind.number());
    put(&mut out, 1);
    for record in &message.answers {
        put_name(&mut out, &record.name);
        put(&mut out, record.kind.number());
        put(&mut out, 1);
        out.extend(record.ttl.to_be_bytes());
        let mut data = Vec::new();
        match &record.data {
            Data::Address(IpAddr::V4(ip)) => data.extend(ip.octets()),
            Data::Address(IpAddr::V6(ip)) => data.extend(ip.octets()),
            Data::Name(name) => put_name(&mut data, name),
            Data::Service { priority, weight, port, target } => {
                for value in [*priority, *weight, *port] {
                    put(&mut data, value);
                }
                put_name(&mut data, target);
            }
        }
        put(&mut out, data.len() as u16);
        out.extend(data);
    }
    out
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
    let (questions, answers) = (reader.short()?, reader.short()?);
    reader.at += 4;
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
    let mut message = Message { id, response: flags & 0x8000 != 0, rcode, name, kind, answers: Vec::new() };
    for _ in 0..answers {
        let name = reader.name()?;
        let number = reader.short()?;
        reader.short()?;
        let ttl = u32::from(reader.short()?) << 16 | u32::from(reader.short()?);
        let length = usize::from(reader.short()?);
        let end = reader.at + length;
        let data = match (RecordType::from_number(number), length) {
            (Some(RecordType::A), 4) => {
                let octets: [u8; 4] = bytes.get(reader.at..end)?.try_into().ok()?;
                Some(Data::Address(IpAddr::V4(Ipv4Addr::from(octets))))
            }
            (Some(RecordType::Aaaa), 16) => {
                let octets: [u8; 16] = bytes.get(reader.at..end)?.try_into().ok()?;
                Some(Data::Address(IpAddr::V6(Ipv6Addr::from(octets))))
            }
            (Some(RecordType::Cname | RecordType::Ptr), _) => Some(Data::Name(reader.name()?)),
            (Some(RecordType::Srv), _) => {
                let (priority, weight, port) = (reader.short()?, reader.short()?, reader.short()?);
                Some(Data::Service { priority, weight, port, target: reader.name()? })
            }
            _ => None,
        };
        if let Some((kind, data)) = RecordType::from_number(number).zip(data) {
            message.answers.push(Record { name, kind, ttl, data });
        }
        reader.at = end;
    }
    Some(message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn messages_come_back_as_they_went() {
        let name = "web.default.svc.cluster.local.".to_owned();
        let address = |ip: &str| Record {
            name: name.clone(),
            kind: RecordType::A,
            ttl: 30,
            data: Data::Address(ip.parse().unwrap()),
        };
        let service = Data::Service { priority: 0, weight: 100, port: 80, target: name.clone() };
        let srv = Record { name: name.clone(), kind: RecordType::Srv, ttl: 30, data: service };
        for (response, answers) in [(false, vec![]), (true, vec![address("10.96.0.11"), srv])] {
            let message =
                Message { id: 7, response, rcode: Rcode::NoError, name: name.clone(), kind: RecordType::A, answers };
            assert_eq!(decode(&encode(&message)), Some(message));
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            decode(&bytes);
        }
    }
}
