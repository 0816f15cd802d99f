//! Lists and their pages.

use engine::query::{DefinitionsAsk, EntriesAsk, ExceptionsAsk, HoldsAsk, ItemsAsk, LotsAsk, Page};

use crate::floor::Floor;

/// Walks all pages of a list and checks that each row comes once.
fn walk<T>(ask: impl Fn(Option<String>) -> Page<T>, key: impl Fn(&T) -> String) -> Vec<String> {
    let mut all = Vec::new();
    let mut after = None;
    loop {
        let page = ask(after);
        all.extend(page.items.iter().map(&key));
        assert!(!page.at.is_empty());
        after = page.next;
        if after.is_none() {
            let mut once = all.clone();
            once.sort();
            once.dedup();
            assert_eq!(once.len(), all.len());
            return all;
        }
    }
}

fn plant() -> Floor {
    let floor = Floor::new();
    for serial in ["SN-1", "SN-2", "SN-3", "SN-4", "SN-5"] {
        floor.pump(10, serial, "lot:77120-A");
    }
    floor
}

#[test]
fn items_are_filtered_and_paged() {
    let floor = plant();
    let ask = |filter: ItemsAsk| {
        let page = |after| {
            floor.plant.items(&ItemsAsk { after, limit: Some(2), ..filter.clone() }).unwrap()
        };
        walk(page, |row| row.label.clone())
    };
    let pumps = ["SN-1", "SN-2", "SN-3", "SN-4", "SN-5"];
    let none = ItemsAsk::default;
    assert_eq!(ask(none()).len(), 8);
    assert_eq!(ask(ItemsAsk { part: Some("LP-300".to_owned()), ..none() }), pumps);
    assert_eq!(ask(ItemsAsk { text: Some("sn-".to_owned()), ..none() }), pumps);
    assert_eq!(ask(ItemsAsk { kind: Some(domain::act::Kind::Lot), ..none() }).len(), 3);
    let order = Some(domain::OrderCode::new("WO-7").unwrap());
    assert_eq!(ask(ItemsAsk { order, ..none() }), pumps);
    floor.tell(20, r#"[{"act":"scrap","item":"SN-2","reason":"dropped"}]"#);
    let status = Some(domain::item::Status::Scrapped);
    assert_eq!(ask(ItemsAsk { status, ..none() }), ["SN-2"]);
    assert!(floor.plant.items(&ItemsAsk { after: Some("x".to_owned()), ..none() }).is_err());
}

#[test]
fn entries_come_newest_first() {
    let floor = plant();
    let ask = |filter: EntriesAsk| {
        let page = |after| {
            floor.plant.entries(&EntriesAsk { after, limit: Some(2), ..filter.clone() }).unwrap()
        };
        walk(page, |row| format!("{} {}", row.act, row.summary))
    };
    let item = Some("SN-3".parse().unwrap());
    assert_eq!(
        ask(EntriesAsk { item, ..EntriesAsk::default() }),
        ["install installed 1 of 77120-A in SN-3", "create made unit LP-300/F SN-3"]
    );
    let act = Some("install".to_owned());
    assert_eq!(ask(EntriesAsk { act, ..EntriesAsk::default() }).len(), 5);
    let all = ask(EntriesAsk::default());
    let size = floor.plant.published().read().next().0;
    assert_eq!(u64::try_from(all.len()).unwrap(), size - 1, "all but the genesis");
    assert!(all[0].contains("SN-5"));
    let last = floor.plant.entry(domain::Position(size - 1)).unwrap();
    assert_eq!(last.act, "install");
    assert!(floor.plant.entry(domain::Position(0)).is_err());
}

#[test]
fn exceptions_holds_and_definitions() {
    let floor = plant();
    // A report that breaks a rule is admitted and raises an exception.
    floor.tell(
        20,
        r#"[{"act":"hold","code":"H-1","on":[{"start":"item","item":"SN-1"}],"reason":"look"}]"#,
    );
    floor.tell(21, r#"[{"act":"ship","party":"ACME","lines":[{"item":"SN-1"}]}]"#);
    let open = ExceptionsAsk { open: Some(true), ..ExceptionsAsk::default() };
    let raised = floor.plant.exceptions(&open).unwrap().items;
    assert!(raised.iter().any(|row| row.code == domain::Code::OnHold), "{raised:?}");
    let on = ExceptionsAsk { item: Some("SN-2".parse().unwrap()), ..open.clone() };
    assert!(floor.plant.exceptions(&on).unwrap().items.is_empty());
    let position = raised[0].position;
    floor.tell(
        22,
        &format!(r#"[{{"act":"closeException","exception":{position},"reason":"agreed"}}]"#),
    );
    let closed = ExceptionsAsk { open: Some(false), ..ExceptionsAsk::default() };
    let closed = floor.plant.exceptions(&closed).unwrap().items;
    assert_eq!(closed[0].closed_because.as_deref(), Some("agreed"));
    let holds = floor.plant.holds(&HoldsAsk::default()).unwrap().items;
    assert_eq!((holds[0].text.as_str(), holds[0].items), ("SN-1", 1));
    let ask = |after| DefinitionsAsk { after, limit: Some(1), text: None };
    let orders = walk(
        |after| floor.plant.orders(&ask(after)).unwrap(),
        |row| format!("{} {}/{}", row.order.code, row.finished, row.items),
    );
    assert_eq!(orders, ["WO-7 1/5"]);
    let parts = walk(
        |after| floor.plant.parts(&ask(after)).unwrap(),
        |row| format!("{} {}", row.material.part, row.items),
    );
    assert_eq!(parts, ["FW-1 1", "LP-300/F 5", "MB-09 2", "PCB-4/C 0"]);
    let text = Some("clinic".to_owned());
    let parties = floor.plant.parties(&DefinitionsAsk { text, ..DefinitionsAsk::default() });
    assert_eq!(parties.unwrap().items[0].code.as_str(), "ACME");
    assert_eq!(floor.plant.stations(&DefinitionsAsk::default()).unwrap().items.len(), 1);
}

#[test]
fn lots_show_their_books() {
    let floor = plant();
    floor.tell(20, r#"[{"act":"count","lot":"lot:77120-A","quantity":90}]"#);
    let all = floor.plant.lots(&LotsAsk::default()).unwrap().items;
    assert_eq!(all.len(), 3);
    let odd = LotsAsk { unexplained: true, ..LotsAsk::default() };
    let odd = floor.plant.lots(&odd).unwrap().items;
    assert_eq!(odd.len(), 1);
    assert_eq!(odd[0].lot.label, "77120-A");
    assert_eq!(odd[0].balance.unwrap().unexplained.to_string(), "5");
}
