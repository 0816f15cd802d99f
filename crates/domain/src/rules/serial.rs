//! Rules for ranges of serial numbers: no number is given out twice, nor used for another thing
//! than it was given out for.

use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::ToString as _;
use alloc::vec::Vec;

use super::check::Check;
use super::{Facts, Known};
use crate::act::{DefineRange, ITEMS_PER_ACT_MAX, Identify, IssueSerials, NewItem, VoidSerials};
use crate::noun::{Identifier, ItemId, OrderCode, Part, RangeCode, scheme};
use crate::order::OrderStage;
use crate::rejection::{Code, Finding};
use crate::serial::{DIGITS_MAX, ISSUE_MAX, SERIAL_MAX, SerialRange};

pub(super) fn define<F: Facts>(v: &DefineRange, check: &mut Check<'_, F>) {
    check.part_known(&Part { number: v.part.clone(), revision: None });
    check.known(Known::Order, v.order.as_ref());
    if v.digits == 0 || v.digits > DIGITS_MAX {
        let detail = format!("a number would have {} digits", v.digits);
        check.malformed(&detail, "give 1 to 18 digits");
        return;
    }
    let past = 10_u64.checked_pow(u32::from(v.digits));
    if v.first > v.last || past.is_some_and(|past| v.last >= past) {
        let detail = format!("from {} to {} in {} digits", v.first, v.last, v.digits);
        check
            .malformed(&detail, "give a first number no greater than the last, both of that width");
        return;
    }
    if v.prefix.trim() != v.prefix || !v.prefix.bytes().all(in_set_82) {
        let detail = format!("the prefix `{}` has characters no label takes", v.prefix);
        check.malformed(&detail, "use letters, digits and !\"%&'()*+,-./:;<=>?_");
    }
    if v.length() > SERIAL_MAX {
        let detail = format!("a number would have {} characters", v.length());
        check.malformed(&detail, "20 are the most a label takes, its check character among them");
    }
    if let Some(kind) = v.check
        && kind.of(&format!("{}0", v.prefix)).is_none()
    {
        let detail = format!("the check character is not defined over the prefix `{}`", v.prefix);
        check.malformed(&detail, "gs1 guards digits, iso7064 capital letters and digits");
    }
    if check.facts.range(&v.code).is_some() {
        let detail = format!("there is a range {} already", v.code);
        check.wrong(Code::CodeTaken, detail, "a range does not change; define another");
        return;
    }
    let others = check.facts.ranges();
    let other = others.iter().find(|other| other.range.overlaps(v));
    if let Some(other) = other {
        let other = &other.range;
        let detail = format!(
            "range {} has {} to {}",
            other.code,
            other.text(other.first),
            other.text(other.last)
        );
        check.wrong(Code::RangeOverlaps, detail, "begin where no other range is");
    }
}

/// Whether GS1 application identifier 21 takes a character. Source: GS1 General Specifications,
/// figure 7.11-1, character set 82.
const fn in_set_82(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(
            byte,
            b'!' | b'"'
                | b'%'
                | b'&'
                | b'\''
                | b'('
                | b')'
                | b'*'
                | b'+'
                | b','
                | b'-'
                | b'.'
                | b'/'
                | b':'
                | b';'
                | b'<'
                | b'='
                | b'>'
                | b'?'
                | b'_'
        )
}

/// Finds the numbers that are given out.
pub(super) fn prepared(mut v: IssueSerials, facts: &impl Facts) -> IssueSerials {
    v.numbers.clear();
    let Some(range) = facts.range(&v.range) else { return v };
    v.order = v.order.or_else(|| range.range.order.clone());
    let taken = |text: &str| {
        Identifier::own(scheme::SERIAL_NUMBER, text)
            .is_ok_and(|identifier| !facts.holders(&identifier).is_empty())
    };
    if v.count <= ISSUE_MAX {
        v.numbers = range.free(v.count, taken);
    }
    v
}

/// A range that is defined; what is wrong is said where it is not.
fn known<F: Facts>(code: &RangeCode, check: &mut Check<'_, F>) -> Option<SerialRange> {
    let range = check.facts.range(code).cloned();
    if range.is_none() {
        let detail = format!("no range is called {code}");
        check.wrong(Code::UnknownCode, detail, "define it first, or mend the code");
    }
    range
}

pub(super) fn issue<F: Facts>(v: &IssueSerials, check: &mut Check<'_, F>) {
    if v.count == 0 {
        check.malformed("no number is asked", "ask for at least one");
    } else if v.count > ISSUE_MAX {
        check.found.push(Finding::malformed(
            Code::TooLarge,
            format!("{} numbers are asked at once", v.count),
            "ask for at most 10000 at once",
        ));
    }
    check.known(Known::Order, v.order.as_ref());
    check.known(Known::Station, v.station.as_ref());
    let Some(range) = known(&v.range, check) else { return };
    if let Some(own) = range.range.order.as_ref().filter(|own| v.order.as_ref() != Some(*own)) {
        let detail = format!("range {} is for order {own}", v.range);
        check.wrong(Code::SerialNotIssued, detail, "take a range of the part, or that order");
    }
    for_order(v, &range, check);
    let count = |span: &crate::act::Span| span.last.saturating_sub(span.first).saturating_add(1);
    let found: u64 = v.numbers.iter().map(count).fold(0, u64::saturating_add);
    if found < u64::from(v.count) && v.count <= ISSUE_MAX {
        let detail = format!("range {} has {found} numbers left, {} are asked", v.range, v.count);
        check.wrong(Code::MoreThanLeft, detail, "ask for fewer, or define another range");
    }
}

/// The order is about the part, and not over.
fn for_order<F: Facts>(v: &IssueSerials, range: &SerialRange, check: &mut Check<'_, F>) {
    let Some(order) = v.order.as_ref().and_then(|code| check.facts.order(code)) else { return };
    let (code, part, stage) = (&order.plan.code, &order.plan.part, order.stage);
    let detail = (part.number != range.range.part)
        .then(|| format!("order {code} is about {part}, range {} {}", v.range, range.range.part));
    let closed = (stage == OrderStage::Closed).then(|| format!("order {code} is closed"));
    if let Some(detail) = detail {
        check.wrong(Code::SerialNotIssued, detail, "take a range of the part of the order");
    }
    if let Some(detail) = closed {
        check.wrong(Code::OrderForbids, detail, "name an open order");
    }
}

pub(super) fn void<F: Facts>(v: &VoidSerials, check: &mut Check<'_, F>) {
    check.somebody("declares them void");
    check.reasoned(&v.reason);
    if v.numbers.is_empty() || v.numbers.len() > ITEMS_PER_ACT_MAX {
        check.some("numbers", v.numbers.len());
    }
    let Some(range) = known(&v.range, check) else { return };
    let mut seen = BTreeSet::new();
    for text in &v.numbers {
        if !seen.insert(text) {
            check.malformed(&format!("{text} is named twice"), "name each number once");
        }
        let number = range.range.number_of(text);
        let issued = number.filter(|number| range.issue_of(*number).is_some());
        let Some(number) = issued else {
            let detail = format!("{text} was not given out of range {}", v.range);
            check.wrong(Code::SerialNotIssued, detail, "name numbers that were given out");
            continue;
        };
        if let Some(void) = range.voids.get(&number) {
            let detail = format!("{text} is void since entry {}", void.position);
            check.wrong(Code::SerialNotIssued, detail, "leave it out");
        }
        let own = range.range.identifier(number);
        if let Some(item) = own.and_then(|own| check.facts.holders(&own).first().copied()) {
            let detail = format!("is or was called {text}");
            let needed = "a number that is used cannot be void; scrap the unit if it is lost";
            check.rule(Code::IdentifierUsed, item, &detail, needed);
        }
    }
}

/// What a unit is called came to be: its part, and the order it is made in where one is known.
pub(super) struct Named<'a> {
    pub(super) part: Option<&'a Part>,
    pub(super) order: Option<&'a OrderCode>,
}

pub(super) fn of_new<F: Facts>(items: &[NewItem], of: &Named<'_>, check: &mut Check<'_, F>) {
    if check.facts.has_ranges() {
        items.iter().for_each(|new| given_out(&new.identifiers, of, check));
    }
}

pub(super) fn of_item<F: Facts>(v: &Identify<ItemId>, check: &mut Check<'_, F>) {
    if !check.facts.has_ranges() {
        return;
    }
    let Some(state) = check.facts.item(v.item) else { return };
    let (part, order) = (state.part.value.clone(), state.order.value.clone());
    let of = Named { part: part.as_ref(), order: order.as_ref() };
    given_out(&v.identifiers, &of, check);
}

/// A serial number of one of our ranges was given out, for this part, order and station.
fn given_out<F: Facts>(names: &[Identifier], of: &Named<'_>, check: &mut Check<'_, F>) {
    let own = names
        .iter()
        .filter(|name| name.issuer.is_none() && name.scheme.as_str() == scheme::SERIAL_NUMBER);
    for name in own {
        let ranges = check.facts.ranges();
        let found =
            ranges.iter().find_map(|range| Some((range, range.range.number_of(&name.value)?)));
        let Some((range, number)) = found else { continue };
        let faults = faults(range, number, of, check);
        let value = &name.value;
        for (detail, needed) in faults {
            check.wrong(Code::SerialNotIssued, format!("{value} {detail}"), needed);
        }
    }
}

type Faults = Vec<(alloc::string::String, &'static str)>;

fn faults<F: Facts>(
    range: &SerialRange,
    number: u64,
    of: &Named<'_>,
    check: &Check<'_, F>,
) -> Faults {
    let mut faults = Faults::new();
    let code = &range.range.code;
    let Some(issue) = range.issue_of(number) else {
        let detail = format!("is of range {code} and was not given out");
        return alloc::vec![(detail, "have numbers given out first, by issueSerials")];
    };
    if let Some(void) = range.voids.get(&number) {
        let detail = format!("is void since entry {}: {}", void.position, void.reason);
        faults.push((detail, "take another number that was given out"));
    }
    if let Some(part) = of.part.filter(|part| part.number != range.range.part) {
        let detail = format!("is for {}, this is {part}", range.range.part);
        faults.push((detail, "take a number of a range of this part"));
    }
    if let Some(order) = issue.order.as_ref().filter(|order| of.order != Some(*order)) {
        let here = of.order.map_or_else(|| "no order".into(), OrderCode::to_string);
        let detail = format!("was given out for order {order}, this is made in {here}");
        faults.push((detail, "take a number that was given out for this order"));
    }
    if let Some(station) =
        issue.station.as_ref().filter(|station| check.context.station.as_ref() != Some(*station))
    {
        let detail = format!("is on lease to station {station}");
        faults.push((detail, "use it there, or take a number that is not on lease"));
    }
    faults
}
