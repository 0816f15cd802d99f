//! The genealogy in PostgreSQL: the same edges, indexed both ways, and a recursive query.

use std::fmt::Write as _;

use anyhow::{Context as _, Result, ensure};

use super::cluster::Cluster;
use super::wire::{Connection, Row, Shape, bundle};
use crate::genealogy::{Item, Numbers, Told, blocks, name, part, performed_us};

const SCHEMA: &str = include_str!("../../sql/genealogy.sql");
const INDEXES: &str = include_str!("../../sql/genealogy_indexes.sql");
const GRAPH: &str = include_str!("../../sql/trace_graph.sql");
const WHOLE: &str = include_str!("../../sql/trace_whole.sql");

/// What a trace has found: enough to see that two traces are the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Found {
    /// Items, the start left out.
    pub(crate) items: u64,
    /// Of them, those on a path of proven edges.
    pub(crate) proven: u64,
    /// Edges on all their evidence paths together.
    pub(crate) path_edges: u64,
}

/// How much is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Asked {
    /// Items with certainty and path.
    Graph,
    /// Also how they are called, what they are, how they stand and where.
    Whole,
}

impl Asked {
    const fn name(self) -> &'static str {
        match self {
            Self::Graph => "graph",
            Self::Whole => "whole",
        }
    }
}

/// The tables, filled and indexed.
#[derive(Debug)]
pub(crate) struct Tables {
    connection: Connection,
}

impl Tables {
    /// Copies in so many edges or a few more; what was there before is thrown away.
    pub(crate) fn fill(cluster: &Cluster, edges: u32) -> Result<Self> {
        let mut connection = cluster.connect()?;
        connection.run(SCHEMA)?;
        let mut numbers = Numbers::default();
        let mut lines = String::new();
        let mut block = 0;
        connection.copy_in("COPY item FROM STDIN", |out| {
            lines.clear();
            numbers.play(block, |number, item| put_item(&mut lines, number, item), |_| ());
            out.extend_from_slice(lines.as_bytes());
            block += 1;
            block < blocks(edges)
        })?;
        let mut numbers = Numbers::default();
        let (mut block, mut edge) = (0, 0_u32);
        connection.copy_in("COPY edge FROM STDIN", |out| {
            lines.clear();
            numbers.play(block, |_, _| (), |told| put_edge(&mut lines, &mut edge, told));
            out.extend_from_slice(lines.as_bytes());
            block += 1;
            block < blocks(edges)
        })?;
        for statement in INDEXES.split(';').filter(|statement| !statement.trim().is_empty()) {
            connection.run(statement)?;
        }
        connection.prepare(Asked::Graph.name(), GRAPH)?;
        connection.prepare(Asked::Whole.name(), WHOLE)?;
        Ok(Self { connection })
    }

    /// Where an item went.
    pub(crate) fn trace(&mut self, item: u32, asked: Asked) -> Result<Found> {
        let mut found = Found::default();
        let sent = bundle(&[(asked.name(), &[&item.to_string()])], Shape::Binary);
        self.connection.send(&sent, |row| take(&mut found, row))?;
        ensure!(found.items > 0, "PostgreSQL found nothing");
        Ok(found)
    }
}

/// Columns of both queries: item, whether it is proven, the path's edges.
fn take(found: &mut Found, row: &Row<'_>) -> Result<()> {
    let proven = row.get(1).copied().flatten().context("a row without certainty")?;
    let path = row.get(2).copied().flatten().context("a row without a path")?;
    // An array: dimensions, flags, element type; then for each dimension its length.
    let length = path.get(12..16).context("an empty path")?;
    let length = u32::from_be_bytes(length.try_into()?);
    found.items += 1;
    found.proven += u64::from(proven == [1]);
    found.path_edges += u64::from(length);
    Ok(())
}

fn put_edge(lines: &mut String, edge: &mut u32, told: Told) {
    let Told { input, output, position, .. } = told;
    let group = if told.is_candidate { "0" } else { "\\N" };
    let (kind, at) = (told.kind.word(), performed_us(position));
    // Writing to a string cannot fail.
    writeln!(lines, "{edge}\t{input}\t{output}\t{kind}\t1\t{at}\t{position}\t{group}").ok();
    *edge += 1;
}

fn put_item(lines: &mut String, number: u32, item: Item) {
    let (kind, status, place) = match item {
        Item::Lot { .. } => ("lot", "accepted", "STORE"),
        Item::Unit { .. } => ("unit", "inProcess", "ST-1"),
    };
    let (name, part) = (name(item), part(item));
    // Writing to a string cannot fail.
    writeln!(lines, "{number}\t{kind}\t{name}\t{part}\t{status}\t{place}").ok();
}
