//! An item that a start means: how sure it is that it does, since when, and by what evidence.
//!
//! Invariant: what comes out of a combination does not depend on the order of its parts.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use domain::Time;
use genealogy::{EdgeIndex, Graph, ItemIndex, Reason, ScopeItem, Standing, Start, Suspect, View};

/// The items of a start.
pub type Found = BTreeMap<ItemIndex, Begun>;

/// How an item belongs to a start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Begun {
    /// Since when it can matter.
    since: Time,
    /// Since when it does for certain; absent: that is not certain.
    proven_since: Option<Time>,
    /// How sure it is. Only a combination has items that are not proven.
    pub(crate) standing: Standing,
    /// Why it is open whether it matters before it does for certain.
    doubt: Option<Reason>,
    /// How what the combination names got into it; empty where it names the item itself.
    pub(crate) path: Vec<EdgeIndex>,
}

impl Begun {
    /// For certain, since a time; absent: always.
    pub(crate) fn since(time: Option<Time>) -> Self {
        let since = time.unwrap_or(Time::MIN);
        let (standing, path) = (Standing::Proven, Vec::new());
        Self { since, proven_since: Some(since), standing, doubt: None, path }
    }

    /// As the scope of what the start names has it.
    pub(crate) fn of(item: ScopeItem) -> Self {
        let doubt = match &item.standing {
            Standing::Possible { reason } => Some(reason.clone()),
            Standing::Proven | Standing::Cleared { .. } => item.doubt,
        };
        Self {
            since: item.suspect_from.unwrap_or(Time::MIN),
            proven_since: item.proven_from,
            standing: item.standing,
            doubt,
            path: item.path,
        }
    }

    /// Whether evidence says that it does not belong to the start after all.
    pub(crate) const fn is_cleared(&self) -> bool {
        matches!(self.standing, Standing::Cleared { .. })
    }

    /// The item as starts of a search: perhaps since early, for certain since later.
    fn suspects(&self, item: ItemIndex) -> impl Iterator<Item = Suspect> {
        let suspect = move |since: Time, doubt| {
            let bound = (since != Time::MIN).then_some(since);
            Suspect { item, bound, doubt }
        };
        let earlier = self.proven_since.is_none_or(|at| self.since < at);
        let doubt = self.doubt.clone().filter(|_| earlier);
        let perhaps = doubt.map(|doubt| suspect(self.since, Some(doubt)));
        let proven = self.proven_since.map(|since| suspect(since, None));
        perhaps.into_iter().chain(proven)
    }

    /// The item as a scope has it.
    pub(crate) fn as_scoped(&self, item: ItemIndex) -> ScopeItem {
        ScopeItem {
            item,
            standing: self.standing.clone(),
            path: self.path.clone(),
            suspect_from: None,
            proven_from: None,
            doubt: None,
        }
    }

    /// By either of two ways: what is surer holds, and since the earlier.
    fn or(self, other: Self) -> Self {
        if self.is_cleared() || other.is_cleared() {
            return if self.is_cleared() { other } else { self };
        }
        let since = self.since.min(other.since);
        let proven_since = self.proven_since.into_iter().chain(other.proven_since).min();
        let (surer, rest) =
            if other.weight() < self.weight() { (other, self) } else { (self, other) };
        Self { since, proven_since, doubt: surer.doubt.or(rest.doubt), ..surer }
    }

    /// By both: what is less sure holds, and since the later.
    fn and(self, other: Self) -> Self {
        let since = self.since.max(other.since);
        let both = self.proven_since.zip(other.proven_since);
        let proven_since = both.map(|(one, two)| one.max(two));
        let (less_sure, rest) =
            if other.weight() > self.weight() { (other, self) } else { (self, other) };
        Self { since, proven_since, doubt: less_sure.doubt.or(rest.doubt), ..less_sure }
    }

    /// The less sure the heavier; then what has evidence to show, the shortest.
    fn weight(&self) -> (u8, bool, Reverse<&[EdgeIndex]>) {
        let sure = match self.standing {
            Standing::Proven => 0,
            Standing::Possible { .. } => 1,
            Standing::Cleared { .. } => 2,
        };
        (sure, !self.path.is_empty(), Reverse(&self.path))
    }
}

/// Adds an item to what was found before.
pub(crate) fn widen(all: &mut Found, item: ItemIndex, begun: Begun) {
    let begun = match all.remove(&item) {
        Some(before) => before.or(begun),
        None => begun,
    };
    all.insert(item, begun);
}

/// The items that both have.
pub(crate) fn common(one: Found, mut other: Found) -> Found {
    let both = one.into_iter().filter_map(|(item, begun)| {
        let begun = begun.and(other.remove(&item)?);
        Some((item, begun))
    });
    both.collect()
}

/// The same items as starts of a search.
pub(crate) fn suspects(found: &Found) -> Vec<Suspect> {
    found.iter().flat_map(|(item, begun)| begun.suspects(*item)).collect()
}

/// Everything that can contain one of these, themselves included, as far as the graph reaches.
pub(crate) fn reached(graph: &Graph, starts: &[Start], view: View) -> Found {
    let trace = graph.trace_from(starts, genealogy::Direction::Forward, view, usize::MAX);
    let begun = trace.reached.iter().map(|reached| {
        let since = Some(reached.contaminated_from);
        (reached.item, Begun::since(since))
    });
    begun.collect()
}
