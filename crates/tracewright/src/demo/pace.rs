//! The plant that goes on: spare pump heads, one after the other, until ctrl-c.

use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

use anyhow::Result;
use serde_json::{Value, json};

use super::parts::named;
use super::{Demo, keep, numbered};
use crate::chance::Chance;

/// Pump heads made from one delivery of material.
const HEADS_PER_DELIVERY: u64 = 25;

impl Demo<'_> {
    /// Takes a step every so often until the user ends it.
    pub(super) fn go_on(&mut self, pause: Duration, ending: &Receiver<()>) -> Result<()> {
        self.output.note(&format!(
            "\nThe plant works on: a spare pump head every {} s. Ctrl-c stops it.",
            pause.as_secs()
        ));
        while ending.recv_timeout(pause) == Err(RecvTimeoutError::Timeout) {
            self.step()?;
        }
        Ok(())
    }

    fn step(&mut self) -> Result<()> {
        let step = self.kept.steps;
        let delivery = step / HEADS_PER_DELIVERY;
        let mut commands = Vec::new();
        if step.is_multiple_of(HEADS_PER_DELIVERY) {
            commands.push(delivered(delivery));
        }
        commands.push(made(step, delivery));
        for (index, command) in (step * 2..).zip(&commands) {
            let command = numbered(command, "pace", index)?;
            // A step that was sent before the last start ended is answered as it was then.
            self.client.command_patiently(&command)?;
        }
        self.kept.steps += 1;
        keep(self.folder, &self.kept)
    }
}

fn delivered(delivery: u64) -> Value {
    let lot = |number: &str, supplier: &str, code: String, quantity: u64| {
        json!({"act": "receive", "kind": "lot", "part": named(number), "supplier": supplier,
            "accepted": true, "place": "WH-1", "items": [{"quantity": quantity, "identifiers":
                [{"scheme": "lotCode", "value": code}]}]})
    };
    json!({"source": "simulator", "acts": [
        lot("MB-10", "POLYFLEX", format!("81000-{delivery}"), HEADS_PER_DELIVERY),
        lot("RT-14", "DREHWERK", format!("RT-27-{delivery}"), HEADS_PER_DELIVERY),
        lot("BR-06", "DREHWERK", format!("SKB-27-{delivery}"), 2 * HEADS_PER_DELIVERY),
    ]})
}

fn made(step: u64, delivery: u64) -> Value {
    let consume = |lot: String, quantity: u64| {
        json!({"act": "consume", "from": [format!("lot:{lot}")], "into": ["new:0.0"],
            "quantity": quantity})
    };
    let torque = Chance::new(step).around(45, 6);
    json!({"source": "simulator", "station": "ST-20", "performedBy": "P-11", "acts": [
        {"act": "create", "kind": "unit", "part": named("PH-22"), "items": [{"identifiers":
            [{"scheme": "serialNumber", "value": format!("PH2-26S-{:05}", step)}]}]},
        consume(format!("81000-{delivery}"), 1),
        consume(format!("RT-27-{delivery}"), 1),
        consume(format!("SKB-27-{delivery}"), 2),
        {"act": "step", "operation": "OP20", "items": [{"item": "new:0.0"}], "outcome": "pass",
            "finishes": true, "measures": [{"name": "rotor torque", "value": torque,
                "unit": "N·m", "low": "0.30", "high": "0.60"}]},
    ]})
}
