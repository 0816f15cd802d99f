//! Pages, streams and tables.

use std::collections::BTreeSet;

use api::Role;
use engine::query::{EntriesAsk, ItemsAsk};

use crate::site::{Site, build};

fn with_units(count: usize) -> Site {
    let site = Site::stocked();
    let commands: Vec<_> =
        (0..count).map(|n| serde_json::from_str(&build(&format!("SN-{n:04}"))).unwrap()).collect();
    for some in commands.chunks(1000) {
        for reply in site.plant.submit_all(some.to_vec(), "test").unwrap() {
            assert!(matches!(reply.answer, domain::Answer::Admitted(_)), "{reply:?}");
        }
    }
    site.plant.published().wait_for(domain::Position(site.size())).unwrap();
    site
}

#[test]
fn pages_follow_one_another_and_miss_nothing() {
    let site = with_units(25);
    let client = site.client(Role::Read);
    let mut ask = ItemsAsk { limit: Some(10), ..ItemsAsk::default() };
    let mut pages = 0;
    let mut seen = BTreeSet::new();
    loop {
        let page = client.items(&ask).unwrap();
        assert!(!page.at.is_empty());
        pages += 1;
        seen.extend(page.items.into_iter().map(|row| row.id.to_string()));
        ask.after = page.next;
        if ask.after.is_none() {
            break;
        }
    }
    assert_eq!((pages, seen.len()), (3, 26), "25 units and a lot");
    let units = client.items(&ItemsAsk { text: Some("SN-0007".into()), ..ItemsAsk::default() });
    assert_eq!(units.unwrap().items.len(), 1);
}

#[test]
fn entries_stream_as_lines_and_hold_what_the_pages_hold() {
    let site = with_units(1200);
    let got = site.call(
        ("GET", "/api/v1/entries"),
        Some(Role::Read),
        &[("accept", "application/x-ndjson")],
        None,
    );
    assert_eq!(got.media_type, "application/x-ndjson");
    let lines: Vec<serde_json::Value> =
        got.text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let facts = usize::try_from(site.size()).unwrap() - 1;
    assert_eq!(lines.len(), facts, "all but the genesis");
    let positions: BTreeSet<u64> =
        lines.iter().map(|line| line["position"].as_u64().unwrap()).collect();
    assert_eq!(positions.len(), facts);
    let mut streamed = 0;
    let ask = EntriesAsk { act: Some("install".to_owned()), ..EntriesAsk::default() };
    site.client(Role::Read)
        .each_entry(&ask, &mut |entry| {
            assert_eq!(entry.act, "install");
            streamed += 1;
            Ok(())
        })
        .unwrap();
    assert_eq!(streamed, 1200);
    let got = site.get(Role::Read, "/api/v1/items/serial:SN-0003/entries");
    assert_eq!(got.json()["items"].as_array().unwrap().len(), 2, "{got:?}");
}

#[test]
fn items_come_as_a_table() {
    let site = with_units(3);
    let mut table = Vec::new();
    let ask = ItemsAsk { part: Some("LP-300".to_owned()), ..ItemsAsk::default() };
    site.client(Role::Read).export_items(&ask, &mut table).unwrap();
    let table = String::from_utf8(table).unwrap();
    let mut rows = table.split("\r\n");
    let header = rows.next().unwrap();
    assert!(
        header.starts_with("id,kind,serialNumber,label,partNumber,revision,status"),
        "{header}"
    );
    assert_eq!(rows.filter(|row| row.contains("LP-300,F")).count(), 3, "{table}");
}

#[test]
fn every_list_answers_a_page() {
    let site = with_units(1);
    let hold = r#"{"acts":[{"act":"hold","code":"H-1","on":[{"start":"item","item":"lot:77120-A"}],
        "reason":"complaint"},{"act":"defineOrder","code":"WO-1"},
        {"act":"defineEquipment","code":"TW-07","name":"Driver"}]}"#;
    let got = site.post(Role::Quality, "/api/v1/commands", hold);
    assert_eq!(got.status, 200, "{got:?}");
    let at = got.json()["position"].as_u64().unwrap();
    for (list, rows) in [
        ("lots", 1),
        ("orders", 1),
        ("holds", 1),
        ("exceptions", 0),
        ("parts", 2),
        ("parties", 1),
        ("stations", 0),
        ("equipment", 1),
    ] {
        let got = site.get(Role::Read, &format!("/api/v1/{list}?atLeast={at}"));
        assert_eq!(got.status, 200, "{list}: {got:?}");
        let page = got.json();
        assert_eq!(page["items"].as_array().unwrap().len(), rows, "{list}: {page}");
        assert!(page["at"][0]["position"].is_u64());
    }
    let got = site.get(Role::Read, "/api/v1/items?limit=1001");
    assert!(got.status == 400 || got.json()["items"].as_array().unwrap().len() <= 1000);
}

#[test]
fn a_file_is_kept_by_its_content() {
    let site = Site::start();
    let client = site.client(Role::Record);
    let path = site.folder.path().join("certificate.pdf");
    std::fs::write(&path, vec![7; 300_000]).unwrap();
    let mut sent = 0;
    let stored = client
        .store_file(&path, &mut |transfer| {
            if let api::client::Transfer::Sent { bytes, of } = transfer {
                assert_eq!(of, 300_000);
                sent = bytes;
            }
        })
        .unwrap();
    assert_eq!((stored.bytes, sent), (300_000, 300_000));
    assert_eq!(client.store_file(&path, &mut |_| {}).unwrap(), stored);
    let mut fetched = Vec::new();
    client.fetch_file(&stored.sha256, &mut fetched).unwrap();
    assert_eq!(fetched, vec![7; 300_000]);
}
