//! The server as callers meet it: a real engine on a real folder, through the client and raw HTTP.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on says where")]

mod auth;
mod client;
mod commands;
mod document;
mod lists;
mod problems;
mod server;
mod site;
mod tiles;
mod tokens;
mod witness;
