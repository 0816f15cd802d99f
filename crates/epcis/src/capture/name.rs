//! What an identifier says of the thing it names: what it is, which part, how it is called.

use crate::document::{Code, Problem};
use crate::identifier::{Identifier, Key, Level};
use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::String;
use domain::act::Kind;
use domain::{CodeError, Part, PartNumber, Tracking, scheme};

/// As what an event names a thing, which counts where the identifier alone does not say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// In a list of things.
    Thing,
    /// In a list of quantities.
    Class,
    /// As what others are packed in.
    Container,
}

/// A thing as its identifier tells of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Nature {
    pub(super) called: domain::Identifier,
    pub(super) kind: Kind,
    /// Absent for containers without a class.
    pub(super) part: Option<Part>,
    /// How the identifier tells pieces of the part apart.
    pub(super) tracking: Tracking,
}

impl Nature {
    pub(super) fn of(id: &Identifier, role: Role, path: &str) -> Result<Self, Problem> {
        let canonical = id.canonical();
        let called = domain::Identifier::own(scheme::GS1, canonical);
        let called = called.map_err(|error| unusable(path, canonical, &error))?;
        let kind = kind(id, role);
        let part = part_number(id, kind).map(|number| {
            let number = PartNumber::new(&number);
            number.map_err(|error| unusable(path, canonical, &error))
        });
        let part = part.transpose()?.map(|number| Part { number, revision: None });
        let tracking = match (id.level(), kind) {
            (Level::Class, _) => Tracking::Untracked,
            (_, Kind::Lot) => Tracking::Lot,
            (_, Kind::Unit | Kind::Pallet | Kind::Package | Kind::Panel | Kind::Tray) => {
                Tracking::Serial
            }
        };
        Ok(Self { called, kind, part, tracking })
    }
}

/// What a quantity of a lot is called once it is in a container: a name of the ledger holder's
/// own. A later quantity of the same lot in the same container has a mark besides.
pub(super) fn part_name(
    lot: &domain::Identifier,
    container: &domain::Identifier,
    mark: Option<&str>,
) -> Result<domain::Identifier, Problem> {
    let mut name = format!("{}@{}", lot.value, container.value);
    if let Some(mark) = mark {
        name.push('#');
        name.push_str(mark);
    }
    let called = domain::Identifier::own(scheme::LOT_CODE, &name);
    called.map_err(|error| unusable("/childQuantityList", &name, &error))
}

fn kind(id: &Identifier, role: Role) -> Kind {
    match (id.key(), id.level(), role) {
        (Key::Sscc, ..) => Kind::Pallet,
        (Key::Grai, Level::Instance, _) => Kind::Tray,
        (Key::Ginc | Key::Gsin, ..) => Kind::Package,
        (_, Level::Class | Level::Lot, _) | (_, Level::Unknown, Role::Class) => Kind::Lot,
        (_, _, Role::Container) => Kind::Package,
        (_, Level::Instance | Level::Unknown, Role::Thing | Role::Class) => Kind::Unit,
    }
}

/// The number of the part a thing is.
fn part_number(id: &Identifier, kind: Kind) -> Option<String> {
    let element = |value: &str| format!("({}){value}", id.key().application_identifier());
    match id.key() {
        Key::Gtin => Some(id.value().to_owned()),
        Key::Itip | Key::Gmn | Key::Cpid | Key::Grai | Key::Gdti | Key::Gcn => {
            Some(element(id.value()))
        }
        // An individual asset, place or relation: its key names no class.
        Key::Gln | Key::Party | Key::Giai | Key::Gsrn | Key::Gsrnp => Some(element("")),
        Key::Sscc | Key::Ginc | Key::Gsin => None,
        Key::Other => match kind {
            Kind::Lot => Some(id.canonical().to_owned()),
            Kind::Unit => Some("unknown".to_owned()),
            Kind::Pallet | Kind::Package | Kind::Panel | Kind::Tray => None,
        },
    }
}

fn unusable(path: &str, text: &str, error: &CodeError) -> Problem {
    Problem::at(path, Code::NameUnusable, format!("{text:?} cannot be kept as a name: {error}"))
}

/// A code of the ledger from a name in the event.
pub(super) fn code<C>(
    path: &str,
    text: &str,
    make: fn(&str) -> Result<C, CodeError>,
) -> Result<C, Problem> {
    make(text).map_err(|error| unusable(path, text, &error))
}
