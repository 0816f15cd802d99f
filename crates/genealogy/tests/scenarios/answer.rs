//! Asks, and writes the answer down.

use domain::noun::{Amount, Time};
use genealogy::{
    Catalog as _, Cause, Certainty, Direction, EdgeIndex, Evidence, ItemIndex, Reason, Scope,
    Standing, Start, Suspect, View, captured, scope,
};

use super::world::{World, interval};

const EVERYTHING: usize = usize::MAX;

pub(crate) fn to(world: &World, question: &str) -> Vec<String> {
    let mut words = question.split_whitespace();
    let asked = words.next().unwrap();
    let mut view = View::default();
    let mut starts = Vec::new();
    while let Some(word) = words.next() {
        match word {
            "as-of" => view.as_of = Some(interval(words.next().unwrap()).from),
            "known" => view.known_at = Some(world.known(words.next().unwrap())),
            name => starts.push(world.start(name)),
        }
    }
    match asked {
        "forward" => traced(world, &starts, Direction::Forward, view),
        "backward" => traced(world, &starts, Direction::Backward, view),
        "scope" => {
            let suspects: Vec<Suspect> = starts.iter().map(|start| suspect(world, start)).collect();
            scoped(world, &scope(&world.graph, &suspects, view, world, EVERYTHING))
        }
        "reaches" => {
            vec![world.graph.reaches(starts[0].item, starts[1].item).to_string()]
        }
        "captured" => {
            let items = starts.iter().map(|start| start.item);
            captured(&world.graph, items, view, world).iter().map(|one| held(world, one)).collect()
        }
        _ => panic!("cannot answer {question:?}"),
    }
}

fn suspect(world: &World, start: &Start) -> Suspect {
    let Start { item, bound, certainty } = *start;
    let line = world.part(item).cloned();
    let doubt = line.map(|line| Reason::NoCapture { at: item, line, missing: Amount::ONE });
    Suspect { item, bound, doubt: doubt.filter(|_| certainty == Certainty::Possible) }
}

fn traced(world: &World, starts: &[Start], direction: Direction, view: View) -> Vec<String> {
    let trace = world.graph.trace_from(starts, direction, view, EVERYTHING);
    let line = |reached: &genealogy::Reached| {
        let certainty = match reached.certainty {
            Certainty::Proven => "proven",
            Certainty::Possible => "possible",
        };
        let bound = match reached.contaminated_from {
            Time::MIN | Time::MAX => String::new(),
            Time(at) => match direction {
                Direction::Forward => format!(" from {at}"),
                Direction::Backward => format!(" until {at}"),
            },
        };
        let path = path(world, &trace.path(reached.item));
        format!("{} {certainty}{bound}{path}", name(world, reached.item))
    };
    trace.reached.iter().map(line).collect()
}

fn name(world: &World, item: ItemIndex) -> &str {
    &world.names[item.0 as usize]
}

fn names(world: &World, items: &[ItemIndex]) -> String {
    items.iter().map(|item| name(world, *item)).collect::<Vec<_>>().join(" ")
}

fn edge(world: &World, edge: EdgeIndex) -> String {
    let edge = world.graph.edge(edge);
    format!("{} {} {}", name(world, edge.input), edge.kind.word(), name(world, edge.output))
}

fn path(world: &World, path: &[EdgeIndex]) -> String {
    let edges: Vec<String> = path.iter().map(|index| edge(world, *index)).collect();
    if edges.is_empty() { String::new() } else { format!(" by {}", edges.join(", ")) }
}

fn scoped(world: &World, scope: &Scope) -> Vec<String> {
    let line = |item: &genealogy::ScopeItem| {
        let standing = match &item.standing {
            Standing::Proven => "proven".to_owned(),
            Standing::Possible { reason } => format!("possible: {}", because(world, reason)),
            Standing::Cleared { evidence } => {
                let evidence: Vec<String> = evidence.iter().map(|e| shown(world, e)).collect();
                format!("cleared: {}", evidence.join("; "))
            }
        };
        let path = path(world, &item.path);
        format!("{} {standing}{}", name(world, item.item), path.replacen(" by", " | path", 1))
    };
    let widenings = scope.widenings.iter().map(|widening| {
        let cause = match &widening.cause {
            Cause::Candidates { candidates } => format!("which of {}", names(world, candidates)),
            Cause::NoCapture { of, line } => {
                let of = of.as_ref().map(ToString::to_string).unwrap_or_default();
                format!("{line} of {of} not captured")
            }
        };
        format!("! {cause}: up to {}", widening.items)
    });
    scope.items.iter().map(line).chain(widenings).collect()
}

fn held(world: &World, one: &genealogy::Captured) -> String {
    let missing = one.missing.iter().map(|line| {
        let number = line.line + 1;
        format!("line {number}: {} of {} {} missing", line.missing, line.needed, line.part)
    });
    let missing: Vec<String> = missing.collect();
    let said = if missing.is_empty() { "all captured".to_owned() } else { missing.join("; ") };
    format!("{} {} lines, {said}", name(world, one.item), one.lines)
}

fn because(world: &World, reason: &Reason) -> String {
    match reason {
        Reason::Candidates { source, into, candidates, .. } => {
            let candidates = names(world, candidates);
            format!("one of {candidates} into {} (entry {source})", name(world, *into))
        }
        Reason::NoCapture { at, line, missing } => {
            format!("{missing} {line} of {} not captured", name(world, *at))
        }
    }
}

fn shown(world: &World, evidence: &Evidence) -> String {
    match evidence {
        Evidence::Filled { line, by } => {
            let by: Vec<String> = by.iter().map(|index| edge(world, *index)).collect();
            format!("{line} by {}", by.join(", "))
        }
        Evidence::LeftBefore { left, suspect_from } => {
            format!("left {} before {}", left.to.0, suspect_from.0)
        }
        Evidence::Decision { by } => format!("decision {by}"),
        Evidence::NotPlanned => "not planned".to_owned(),
    }
}
