//! The server as callers meet it: a real engine on a real folder, through the client and raw HTTP.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test that cannot go on says where"
)]

mod accounts;
mod auth;
mod client;
mod commands;
mod document;
mod events;
mod lists;
mod manufacturing;
mod orders;
mod people;
mod problems;
mod scopes;
mod server;
mod sessions;
mod signing;
mod site;
mod sockets;
mod tiles;
mod tokens;
mod witness;
mod work;

#[path = "../../../engine/tests/verify/load.rs"]
#[expect(dead_code, reason = "shared with the tests of the engine, which use more of it")]
mod load;
#[path = "../../../engine/tests/fuzz/mutate.rs"]
#[expect(dead_code, reason = "shared with the tests of the engine, which use more of it")]
mod mutate;
