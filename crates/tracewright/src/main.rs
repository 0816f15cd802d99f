//! The system of record for how every product was made.
fn main() {}
