//! Everything that is asked, on small plants told in JSON commands.

#![cfg(test)]

mod floor;

mod captures;
mod combined;
mod devices;
mod exports;
mod frozen;
mod lists;
mod record;
mod scope;
mod shares;
mod trace;
