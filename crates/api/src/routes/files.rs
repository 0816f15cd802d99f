//! Files by the hash of their content: certificates, measurement series, pictures.

use domain::Code;
use merkle::Hash;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::imports::received;
use crate::app::{Call, Reply};
use crate::problem::Problem;
use crate::query::Nothing;
use crate::role::Role;
use crate::route::{BYTES, JSON, Route, get, post};

const TAG: &str = "Files and imports";

/// A file that was stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Stored {
    /// SHA-256 of its bytes, as 64 hexadecimal digits: how commands name it.
    pub sha256: String,
    /// How long it is. Units: bytes.
    pub bytes: u64,
}

pub(super) fn table() -> Vec<Route> {
    vec![
        post("/api/v1/files", Role::Record)
            .says(
                TAG,
                "Store a file",
                "Stores the body, up to 1 GiB, and answers the hash that names it. Storing the \
                 same content again changes nothing. A file counts as evidence once a command \
                 names it.",
            )
            .status(201)
            .takes_bytes(BYTES, store::FILE_BYTES_MAX)
            .answers_as::<Stored>(JSON)
            .raw(|call, _: Nothing| keep(call)),
        get("/api/v1/files/{sha256}", Some(Role::Read))
            .says(
                TAG,
                "Fetch a file",
                "The content of a file, checked against its hash while it is sent: if it was \
                 damaged, the connection breaks before its end.",
            )
            .answers(BYTES)
            .raw(|call, _: Nothing| fetch(call)),
    ]
}

fn keep(call: &mut Call) -> Result<Reply, Box<Problem>> {
    let mut from = call.reader();
    let stored = call.plant().folder().files().put_from(&mut from);
    let (hash, bytes) = stored.map_err(|error| match &error {
        store::Error::Io { source, .. } => received(source),
        _ => error.into(),
    })?;
    Reply::json(201, &Stored { sha256: hash.to_string(), bytes })
}

fn fetch(call: &Call) -> Result<Reply, Box<Problem>> {
    let name: String = call.part("sha256")?;
    let hash = Hash::from_hex(&name).ok_or_else(|| {
        Problem::coded(422, Code::Malformed, "a file is named by 64 hexadecimal digits")
    })?;
    let files = call.plant().folder().reading().files();
    if !files.contains(hash) {
        return Err(Problem::not_found(format!("there is no file {name}")));
    }
    let fill = move |mut to: &mut dyn std::io::Write| {
        files.copy_to(hash, &mut to).map(drop).map_err(std::io::Error::other)
    };
    Ok(Reply::piecewise(BYTES, fill).file(&name))
}
