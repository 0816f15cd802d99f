//! Starts that combine: what all of them have in common.

use engine::query::ScopeAsk;
use serde_json::Value;

use crate::floor::{Floor, certainties, item, labels};

/// Eight pumps over two orders and an untimed reel change, one of them without a capture.
fn reels() -> (Floor, domain::Position) {
    let floor = Floor::new();
    floor.tell(
        0,
        r#"[{"act":"defineStation","code":"SMT-1","name":"Placer"},
            {"act":"defineOrder","code":"WO-8","part":{"number":"LP-300","revision":"F"}},
            {"act":"defineMaterial","part":{"number":"KIT","revision":"A"},"name":"Kit",
             "tracking":"serial","baseUnit":"ea"},
            {"act":"load","lot":"lot:77120-A","station":"SMT-1","slot":"F3"}]"#,
    );
    let change = floor.tell_from(
        20,
        40,
        r#"[{"act":"load","lot":"lot:77120-B","station":"SMT-1","slot":"F3"}]"#,
    );
    for (minute, serial) in [(10, 1), (25, 2), (35, 3), (50, 4), (11, 5), (26, 6), (36, 7), (51, 8)]
    {
        let order = if serial <= 4 { "WO-7" } else { "WO-8" };
        floor.tell(
            minute,
            &format!(
                r#"[{{"act":"create","kind":"unit","part":{{"number":"LP-300","revision":"F"}},
                     "order":"{order}","items":[{{"identifiers":[
                       {{"scheme":"serialNumber","value":"SN-{serial}"}}]}}]}}]"#
            ),
        );
        floor.tell_at(
            minute,
            "SMT-1",
            &format!(
                r#"[{{"act":"step","operation":"OP10","items":[{{"item":"SN-{serial}"}}],
                     "backflush":true}}]"#
            ),
        );
    }
    floor.tell(
        60,
        r#"[{"act":"create","kind":"unit","part":{"number":"LP-300","revision":"F"},
             "order":"WO-7","items":[{"identifiers":[{"scheme":"serialNumber","value":"SN-9"}]}]}]"#,
    );
    (floor, change)
}

fn retime(floor: &Floor, change: domain::Position) {
    let time = crate::floor::at(30);
    floor.tell(
        70,
        &format!(
            r#"[{{"act":"correct","entries":[{change}],"amendment":{{"how":"retime",
                 "performed":{{"from":"{time}","to":"{time}"}}}},"reason":"reel log"}}]"#
        ),
    );
}

#[test]
fn an_order_and_a_lot_mean_what_of_the_order_contains_the_lot() {
    let (floor, change) = reels();
    let wanted = ["SN-1 proven", "SN-2 possible", "SN-3 possible", "SN-4 cleared", "SN-9 possible"];
    for from in ["order:WO-7 & lot:77120-A", "lot:77120-A & order:WO-7"] {
        let scope = floor.scope(from);
        assert_eq!(certainties(&scope), wanted, "{from}");
        let alone = floor.scope("lot:77120-A");
        for serial in ["SN-1", "SN-2", "SN-3", "SN-4", "SN-9"] {
            // The same standing by the same evidence as in the scope of the lot alone.
            assert_eq!(item(&scope, serial), item(&alone, serial), "{serial}");
        }
        // The lot is not of the order: no start of the suspicion and not in its books.
        assert_eq!(labels(&scope["start"]), Vec::<String>::new());
        assert_eq!(scope["accounts"], Value::Array(vec![]));
        assert_eq!(scope["from"][0], from.replace("lot:", "lotCode:"));
        let advice: Vec<_> =
            scope["widenings"].as_array().unwrap().iter().map(|each| &each["items"]).collect();
        assert_eq!(advice, [2, 1]);
    }
    retime(&floor, change);
    assert_eq!(
        certainties(&floor.scope("order:WO-7 & lot:77120-A")),
        ["SN-1 proven", "SN-2 proven", "SN-3 cleared", "SN-4 cleared", "SN-9 possible"]
    );
}

#[test]
fn what_only_may_contain_the_lot_passes_on_no_more_than_that() {
    let (floor, _) = reels();
    // Two kits of another product take what was proven and what was possible.
    floor.tell(
        65,
        r#"[{"act":"create","kind":"unit","part":{"number":"KIT","revision":"A"},"items":[
              {"identifiers":[{"scheme":"serialNumber","value":"K-1"}]},
              {"identifiers":[{"scheme":"serialNumber","value":"K-2"}]}]},
            {"act":"install","parent":"new:0.0","component":"SN-1","quantity":1},
            {"act":"install","parent":"new:0.1","component":"SN-2","quantity":1}]"#,
    );
    let scope = floor.scope("lot:77120-A & order:WO-7");
    let (kit, doubtful) = (item(&scope, "K-1"), item(&scope, "K-2"));
    assert_eq!((&kit["certainty"], &doubtful["certainty"]), (&"proven".into(), &"possible".into()));
    let steps: Vec<_> =
        doubtful["path"].as_array().unwrap().iter().map(|step| &step["from"]["label"]).collect();
    assert_eq!(steps, ["77120-A", "SN-2"], "the path begins at the lot");
    assert_eq!(doubtful["reason"], item(&scope, "SN-2")["reason"]);
    let trace = floor.trace("lot:77120-A & order:WO-7", engine::query::Direction::Forward);
    assert_eq!(item(&trace, "K-1")["certainty"], "proven");
    assert_eq!(item(&trace, "K-2")["certainty"], "possible");
    assert_eq!(item(&trace, "K-2")["reason"], doubtful["reason"]);
}

#[test]
fn a_combination_may_name_several_lots_a_unit_and_a_container() {
    let (floor, _) = reels();
    floor.tell(
        66,
        r#"[{"act":"create","kind":"pallet","items":[
              {"identifiers":[{"scheme":"containerCode","value":"PL-1"}]}]},
            {"act":"pack","container":"PL-1","items":[{"item":"SN-1"},{"item":"SN-6"}]}]"#,
    );
    let of = |from: &str| certainties(&floor.scope(from));
    assert_eq!(of("container:PL-1 & order:WO-7"), ["SN-1 proven"]);
    assert_eq!(of("container:PL-1 & lot:77120-A"), ["SN-1 proven", "SN-6 possible"]);
    assert_eq!(of("serial:SN-2 & order:WO-7"), ["SN-2 proven"]);
    // Of both reels, which is one of them each: none is certain.
    let both = of("lot:77120-A & lot:77120-B & order:WO-8");
    assert_eq!(both, ["SN-5 cleared", "SN-6 possible", "SN-7 possible", "SN-8 cleared"]);
    let both = ["lot:77120-A & lot:77120-B", "lot:77120-B & lot:77120-A"].map(|from| {
        let mut scope = floor.scope(from);
        scope.as_object_mut().unwrap().remove("from");
        scope
    });
    assert_eq!(both[0], both[1]);
}

#[test]
fn a_combination_that_nothing_fits_is_named_as_it_was_typed() {
    let (floor, _) = reels();
    floor.tell(
        66,
        r#"[{"act":"create","kind":"pallet","items":[
              {"identifiers":[{"scheme":"containerCode","value":"PL-1"}]}]}]"#,
    );
    let typed = "container:PL-1 & order:WO-7";
    let ask = |from: &[&str]| ScopeAsk {
        from: from.iter().map(|from| from.parse().unwrap()).collect(),
        ..ScopeAsk::default()
    };
    let error = floor.plant.scope(&ask(&[typed])).unwrap_err();
    assert_eq!(error.to_string(), format!("find anything that fits all of {typed} at once"));
    // Beside another start it is not passed over in silence.
    let scope = floor.scope_of(&ask(&["SN-1", typed]));
    assert_eq!(
        scope["notes"][0],
        format!("could not find anything that fits all of {typed} at once")
    );
}

fn held(floor: &Floor) -> Vec<String> {
    (1..=9)
        .map(|serial| format!("SN-{serial}"))
        .filter(|serial| floor.record(serial)["holds"].as_array().is_some_and(|on| !on.is_empty()))
        .collect()
}

#[test]
fn a_hold_on_a_combination_catches_and_lets_go() {
    let (floor, change) = reels();
    floor.tell(
        61,
        r#"[{"act":"hold","code":"H-1","reason":"leak","spreads":true,"on":[{"start":"all","of":[
              {"start":"order","order":"WO-7"},{"start":"item","item":"lot:77120-A"}]}]}]"#,
    );
    assert_eq!(held(&floor), ["SN-1", "SN-2", "SN-3"]);
    let holds = floor.plant.holds(&engine::query::HoldsAsk::default()).unwrap();
    assert_eq!(holds.items[0].text, "order:WO-7 & 77120-A", "by name, not by id");
    // A unit of the order that takes of the lot only now, and one of another that joins the order.
    floor.tell(62, r#"[{"act":"install","parent":"SN-9","component":"lot:77120-A","quantity":1}]"#);
    floor.tell(62, r#"[{"act":"assign","items":["SN-5"],"order":"WO-7"}]"#);
    assert_eq!(held(&floor), ["SN-1", "SN-2", "SN-3", "SN-5", "SN-9"]);
    retime(&floor, change);
    assert_eq!(held(&floor), ["SN-1", "SN-2", "SN-5", "SN-9"], "the log lets SN-3 go");
}

#[test]
fn a_hold_on_a_combination_catches_what_met_its_parts_by_different_facts() {
    let (floor, _) = reels();
    let tool = |minute, acts: &str| {
        let tool = domain::EquipmentCode::new("TW-07").unwrap();
        floor.command(minute, minute, |command| command.equipment = vec![tool], acts);
    };
    let step = |serial: &str| {
        format!(r#"[{{"act":"step","operation":"OP40","items":[{{"item":"{serial}"}}]}}]"#)
    };
    tool(55, &step("SN-9"));
    floor.tell(
        61,
        r#"[{"act":"hold","code":"H-1","reason":"leak","on":[{"start":"all","of":[
              {"start":"used","what":"equipment","code":"TW-07","within":{"from":"2026-01-01T00:00:00Z","to":"2026-12-31T00:00:00Z"}},
              {"start":"item","item":"lot:77120-A"}]}]}]"#,
    );
    assert_eq!(held(&floor), Vec::<String>::new());
    // First the tool and then the lot; first the lot and then the tool.
    floor.tell(62, r#"[{"act":"install","parent":"SN-9","component":"lot:77120-A","quantity":1}]"#);
    tool(63, &step("SN-1"));
    tool(63, &step("SN-4"));
    assert_eq!(held(&floor), ["SN-1", "SN-9"]);
}

/// What belonged to an order or was of a part then is asked of then, not of today's lists.
#[test]
fn an_order_and_a_part_mean_what_they_meant_at_the_moment() {
    let floor = Floor::new();
    floor.tell(
        0,
        r#"[{"act":"defineOrder","code":"WO-8","part":{"number":"LP-300","revision":"F"}},
            {"act":"defineMaterial","part":{"number":"LP-300","revision":"G"},"name":"Pump",
             "tracking":"serial","baseUnit":"ea"},
            {"act":"create","kind":"unit","part":{"number":"LP-300","revision":"F"},"order":"WO-7",
             "items":[{"identifiers":[{"scheme":"serialNumber","value":"SN-1"}]},
                      {"identifiers":[{"scheme":"serialNumber","value":"SN-2"}]}]}]"#,
    );
    let before = floor.tell(10, r#"[{"act":"defineStation","code":"ST-X","name":"mark"}]"#);
    floor.tell(
        20,
        r#"[{"act":"assign","items":["SN-2"],"order":"WO-8"},
            {"act":"changePart","item":"SN-2","part":{"number":"LP-300","revision":"G"},
             "reason":"rework"}]"#,
    );
    let of = |from: &str, moment: &dyn Fn(ScopeAsk) -> ScopeAsk| {
        let ask = ScopeAsk { from: vec![from.parse().unwrap()], ..ScopeAsk::default() };
        let scope = floor.plant.scope(&moment(ask));
        let labels = |lines: Vec<engine::query::ItemLine>| -> Vec<String> {
            lines.into_iter().map(|line| line.label).collect()
        };
        scope.map(|scope| labels(scope.items)).unwrap_or_default()
    };
    let known = |ask: ScopeAsk| ScopeAsk {
        known_at: Some(engine::query::KnownAt::Position(before)),
        ..ask
    };
    let then =
        |ask: ScopeAsk| ScopeAsk { as_of: Some(crate::floor::at(10).parse().unwrap()), ..ask };
    let now = |ask: ScopeAsk| ask;
    assert_eq!(of("order:WO-7", &now), ["SN-1"]);
    assert_eq!(of("order:WO-8", &now), ["SN-2"]);
    assert_eq!(of("part:LP-300/G", &now), ["SN-2"]);
    for past in [&known as &dyn Fn(ScopeAsk) -> ScopeAsk, &then] {
        assert_eq!(of("order:WO-7", past), ["SN-1", "SN-2"]);
        assert!(of("order:WO-8", past).is_empty());
        assert_eq!(of("part:LP-300/F", past), ["SN-1", "SN-2"]);
        assert!(of("part:LP-300/G", past).is_empty());
    }
}
