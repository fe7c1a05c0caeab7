//! What `numgen random` can lead to.

use kernel::config::nft::Table;
use kernel::config::nft::data::{DataType, Datum, Pattern, Verdict};
use kernel::config::nft::expr::{Expr, NatTo, SetRef, Statement};
use kernel::config::nft::set::{Element, ElementData};
use kernel::config::{AnyRule, Netns};
use kernel::ids::{ChainId, RuleRef, TableRef};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

/// Numbers told apart one by one where no map groups them.
const SINGLE: u32 = 64;

/// A number that stands for all that lead to the same.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct NumberOption {
    /// The number, before `offset` is added.
    pub(super) number: u32,
    pub(super) value: Arc<str>,
    pub(super) probability: f64,
}

/// All possibilities of a rule's draw, in the order of its map; at least one.
pub(super) fn options(netns: &Netns, at: RuleRef, modulus: u32) -> Vec<NumberOption> {
    let mapped = by_map(netns, at, modulus).unwrap_or_default();
    if !mapped.is_empty() {
        return mapped;
    }
    let chain = netns.chain_name(at.table, at.chain).unwrap_or_default();
    let one = |number: u32| NumberOption {
        number,
        value: Arc::from(format!("{chain}#{}={number}", at.id.number())),
        probability: 1.0 / f64::from(modulus.max(1)),
    };
    let mut all: Vec<NumberOption> = (0..modulus.clamp(1, SINGLE)).map(one).collect();
    if modulus > SINGLE
        && let Some(last) = all.last_mut()
    {
        last.probability *= f64::from(modulus - SINGLE + 1);
    }
    all
}

fn by_map(netns: &Netns, at: RuleRef, modulus: u32) -> Option<Vec<NumberOption>> {
    let TableRef::Nft(id) = at.table else { return None };
    let Some(AnyRule::Nft(rule)) = netns.rule(at) else { return None };
    let table = netns.nft.table(id)?;
    let (key, map) = rule.statements.iter().find_map(Statement::map)?;
    let Expr::Numgen { offset, .. } = key else { return None };
    let elements = match map {
        SetRef::Anonymous(elements) => elements,
        SetRef::Named(set) => &table.set(*set)?.elements,
    };
    let end = u128::from(*offset) + u128::from(modulus);
    let mut options = Vec::new();
    let mut reached = 0;
    for element in elements {
        let (first, last) = match element.key.as_slice() {
            [Pattern::One(Datum::Number(number))] => (*number, *number),
            [Pattern::Range(first, last)] => (*first, *last),
            _ => return None,
        };
        let (first, last) = (first.max(u128::from(*offset)), last.min(end.saturating_sub(1)));
        if first > last {
            continue;
        }
        reached += last - first + 1;
        let number = (first - u128::from(*offset)) as u32;
        let value = destination(table, element).unwrap_or_else(|| {
            let chain = netns.chain_name(at.table, at.chain).unwrap_or_default();
            Arc::from(format!("{chain}#{}={number}", at.id.number()))
        });
        options.push(NumberOption {
            number,
            value,
            probability: (last - first + 1) as f64 / f64::from(modulus.max(1)),
        });
    }
    // A number that no element has would end the rule: then every number counts for itself.
    (reached == u128::from(modulus)).then_some(options)
}

/// Where an element leads: its address, or the translation of the chain it goes to.
fn destination(table: &Table, element: &Element) -> Option<Arc<str>> {
    match element.data.as_ref()? {
        ElementData::Verdict(Verdict::Jump(chain) | Verdict::Goto(chain)) => of_chain(table, *chain, 0),
        ElementData::Verdict(_) => None,
        ElementData::Value(values) => {
            let [Pattern::One(Datum::Number(address)), rest @ ..] = values.as_slice() else { return None };
            let ip = match table.address_type() {
                DataType::Ipv6Addr => IpAddr::V6(Ipv6Addr::from(*address)),
                _ => IpAddr::V4(Ipv4Addr::from(*address as u32)),
            };
            let port = match rest {
                [Pattern::One(Datum::Number(port))] => Some(*port as u16),
                _ => None,
            };
            Some(socket(ip, port))
        }
    }
}

fn of_chain(table: &Table, chain: ChainId, depth: usize) -> Option<Arc<str>> {
    let statements = table.chain(chain)?.rules.iter().flat_map(|rule| &rule.statements);
    statements.into_iter().find_map(|statement| match statement {
        Statement::Nat { destination: true, to: NatTo::Fixed { address: Some((to, _)), port }, .. } => {
            Some(socket(*to, port.map(|port| port.first.0)))
        }
        // A chain that only marks does not lead anywhere.
        Statement::Verdict(Verdict::Jump(chain) | Verdict::Goto(chain)) if depth < 8 => {
            of_chain(table, *chain, depth + 1)
        }
        _ => None,
    })
}

fn socket(ip: IpAddr, port: Option<u16>) -> Arc<str> {
    match port {
        Some(port) => Arc::from(SocketAddr::new(ip, port).to_string()),
        None => Arc::from(ip.to_string()),
    }
}
