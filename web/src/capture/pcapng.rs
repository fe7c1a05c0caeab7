//! The file format: PCAP Next Generation (draft-ietf-opsawg-pcapng), little-endian blocks.

use std::collections::HashMap;

/// Section Header Block.
const SECTION: u32 = 0x0a0d_0d0a;
/// Interface Description Block.
const INTERFACE: u32 = 1;
/// Enhanced Packet Block.
const PACKET: u32 = 6;
/// LINKTYPE_ETHERNET.
const ETHERNET: u16 = 1;
/// Options: a comment in any block, the program in a section, name and resolution of an interface.
const COMMENT: u16 = 1;
const PROGRAM: u16 = 4;
const IF_NAME: u16 = 2;
const IF_TSRESOL: u16 = 9;
/// When the first frame is seen: a time that nobody takes for a real one, 2000-01-01 00:00:00 UTC, in nanoseconds.
const START: u64 = 946_684_800_000_000_000;
/// From one frame to the next, in nanoseconds.
const TICK: u64 = 1_000;
/// Bytes of an option at most: its length has 16 bits.
const LONGEST: usize = 32_000;

/// A capture being written.
pub(super) struct Writer {
    bytes: Vec<u8>,
    interfaces: HashMap<String, u32>,
    ticks: u64,
}

fn padded(bytes: &mut Vec<u8>, data: &[u8]) {
    bytes.extend_from_slice(data);
    bytes.resize(bytes.len().next_multiple_of(4), 0);
}

fn option(body: &mut Vec<u8>, code: u16, value: &[u8]) {
    body.extend_from_slice(&code.to_le_bytes());
    body.extend_from_slice(&(value.len() as u16).to_le_bytes());
    padded(body, value);
}

/// A text as an option takes it, cut at a character.
fn text(value: &str) -> &[u8] {
    let mut end = value.len().min(LONGEST);
    while !value.is_char_boundary(end) {
        end -= 1;
    }
    value.get(..end).unwrap_or_default().as_bytes()
}

impl Writer {
    /// A section by a program, about something.
    pub(super) fn new(program: &str, about: &str) -> Self {
        let mut writer = Self { bytes: Vec::new(), interfaces: HashMap::new(), ticks: 0 };
        let mut body = 0x1a2b_3c4d_u32.to_le_bytes().to_vec();
        for half in [1_u16, 0] {
            body.extend_from_slice(&half.to_le_bytes());
        }
        body.extend_from_slice(&(-1_i64).to_le_bytes());
        option(&mut body, COMMENT, text(about));
        option(&mut body, PROGRAM, text(program));
        option(&mut body, 0, &[]);
        writer.block(SECTION, &body);
        writer
    }

    fn block(&mut self, kind: u32, body: &[u8]) {
        let length = (body.len() + 12) as u32;
        self.bytes.extend_from_slice(&kind.to_le_bytes());
        self.bytes.extend_from_slice(&length.to_le_bytes());
        self.bytes.extend_from_slice(body);
        self.bytes.extend_from_slice(&length.to_le_bytes());
    }

    fn interface(&mut self, name: &str) -> u32 {
        if let Some(id) = self.interfaces.get(name) {
            return *id;
        }
        let mut body = ETHERNET.to_le_bytes().to_vec();
        body.extend_from_slice(&[0; 2]);
        // No limit on the length of a packet.
        body.extend_from_slice(&0_u32.to_le_bytes());
        option(&mut body, IF_NAME, text(name));
        option(&mut body, IF_TSRESOL, &[9]);
        option(&mut body, 0, &[]);
        self.block(INTERFACE, &body);
        let id = self.interfaces.len() as u32;
        self.interfaces.insert(name.to_owned(), id);
        id
    }

    /// A frame, a tick after the last one.
    pub(super) fn frame(&mut self, interface: &str, frame: &[u8], comments: &[String]) {
        let interface = self.interface(interface);
        let time = START + self.ticks * TICK;
        self.ticks += 1;
        let mut body = interface.to_le_bytes().to_vec();
        for half in [(time >> 32) as u32, time as u32, frame.len() as u32, frame.len() as u32] {
            body.extend_from_slice(&half.to_le_bytes());
        }
        padded(&mut body, frame);
        for comment in comments {
            option(&mut body, COMMENT, text(comment));
        }
        option(&mut body, 0, &[]);
        self.block(PACKET, &body);
    }

    /// A frame that is left out has its time.
    pub(super) fn pass(&mut self) {
        self.ticks += 1;
    }

    pub(super) fn finish(self) -> Vec<u8> {
        self.bytes
    }
}
