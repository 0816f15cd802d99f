//! Files that almost make sense: what is refused leaves nothing behind, what is taken in is whole.

use std::fs;
use std::path::Path;

use engine::{Error, ImportAsk, ImportFormat};

use crate::{assert_holds, chance, load, mutate, open, rounds};

const CSV: &[&str] = &[
    "serialNumber,partNumber,lotCode,workOrder,palletId,fwVersion\nSN-1,U,L-0,WO-7,PL-1,4.2.0\n\
     SN-2,U,L-0,WO-7,PL-1,4.2.0\n",
    "serialNumber;partNumber;colour\r\n\"SN \"\"3\"\"\";U;red\r\nSN-4;\"U\";\"a\nb\"\r\n",
];
const LINES: &[&str] = &[
    "{\"serialNumber\":\"SN-5\",\"partNumber\":\"U\",\"colour\":\"red\"}\n\
     {\"acts\":[{\"act\":\"scrap\",\"item\":\"serial:SN-5\",\"reason\":\"cracked\"}]}\n",
    "{\"acts\":[{\"act\":\"definePlace\",\"code\":\"W-9\",\"name\":\"W\"}],\"mode\":\"report\"}\n",
];
const EPCIS: &[&str] =
    &[r#"{"@context":["https://ref.gs1.org/standards/epcis/epcis-context.jsonld"],
 "type":"EPCISDocument","schemaVersion":"2.0","creationDate":"2026-07-22T10:30:00Z",
 "epcisBody":{"eventList":[{"type":"ObjectEvent","eventTime":"2026-01-22T06:45:00Z",
 "eventTimeZoneOffset":"+02:00","action":"ADD","bizStep":"commissioning",
 "epcList":["urn:epc:id:sgtin:0614141.107346.2017"]},
 {"type":"AggregationEvent","eventTime":"2026-01-22T07:45:00Z","eventTimeZoneOffset":"+02:00",
 "action":"ADD","parentID":"urn:epc:id:sscc:0614141.1234567890",
 "childEPCs":["urn:epc:id:sgtin:0614141.107346.2017"]}]}}"#];

fn samples(texts: &[&str]) -> Vec<Vec<u8>> {
    texts.iter().map(|text| text.as_bytes().to_vec()).collect()
}

#[test]
fn a_plant_answers_every_file() {
    let mut chance = chance();
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("plant");
    let plant = open(&path);
    for command in load::masters() {
        plant.submit(command, "test").unwrap();
    }
    let kinds = [
        (ImportFormat::Csv, samples(CSV)),
        (ImportFormat::JsonLines, samples(LINES)),
        (ImportFormat::Epcis, samples(EPCIS)),
    ];
    let (mut whole, mut refused, mut unread, all) = (0_u64, 0_u64, 0_u64, rounds(240));
    for number in 0..all {
        let (format, samples) = chance.pick(&kinds).clone();
        let source = place.path().join("file");
        fs::write(&source, mutate::bytes(&mut chance, &samples)).unwrap();
        let format = if number % 4 == 0 { ImportFormat::Auto } else { format };
        let ask = ImportAsk { source, format, by: "test".to_owned(), ..ImportAsk::default() };
        let before = plant.ledger().unwrap().size().unwrap();
        match plant.import(&ask, &mut |_| {}, &|| false) {
            Ok(answer) if answer.complete => whole += 1,
            Ok(answer) => {
                assert!(answer.rejected_count > 0 || !answer.notes.is_empty(), "{answer:?}");
                let after = plant.ledger().unwrap().size().unwrap();
                assert_eq!(after, before, "nothing of a refused file is written: {answer:?}");
                refused += 1;
            }
            Err(Error::Input(_)) => unread += 1,
            Err(error) => panic!("{}", engine::chain(&error)),
        }
    }
    println!("of {all} files: {whole} whole, {refused} refused, {unread} no such file");
    assert!(whole > 0 && refused > 0);
    drop(plant);
    assert_holds(&path);
    assert!(Path::new(&path).is_dir());
}
