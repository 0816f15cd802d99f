//! Bills of material as the scope reads them, each asked for once.

use alloc::rc::Rc;
use alloc::vec::Vec;

use domain::noun::Part;
use hashbrown::HashMap;

use super::{Catalog, Line};

/// Whether two parts can be the same, as far as their revisions are known.
pub(super) fn may_be(a: &Part, b: &Part) -> bool {
    a.number == b.number
        && (a.revision.is_none() || b.revision.is_none() || a.revision == b.revision)
}

impl Line {
    /// Whether a piece of that part may stand here.
    pub(super) fn may_hold(&self, part: &Part) -> bool {
        may_be(&self.part, part) || self.accepts.iter().any(|accepted| may_be(accepted, part))
    }

    /// The planned part and those accepted in its place.
    pub(super) fn parts(&self) -> impl Iterator<Item = &Part> {
        core::iter::once(&self.part).chain(&self.accepts)
    }
}

/// The lines of a part's bill of material.
pub(super) type Plan = Rc<Vec<Line>>;

/// All bills of material asked for so far.
pub(super) struct Plans<'a> {
    catalog: &'a dyn Catalog,
    known: HashMap<Part, Option<Plan>>,
}

impl<'a> Plans<'a> {
    pub(super) fn new(catalog: &'a dyn Catalog) -> Self {
        Self { catalog, known: HashMap::new() }
    }

    /// The plan of a part, if it has one.
    pub(super) fn of(&mut self, part: &Part) -> Option<Plan> {
        if let Some(plan) = self.known.get(part) {
            return plan.clone();
        }
        let plan = self.catalog.lines(part).map(Rc::new);
        self.known.insert(part.clone(), plan.clone());
        plan
    }
}
