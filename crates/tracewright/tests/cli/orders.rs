//! Orders and serial numbers on the command line, on a folder and on a server.

use super::server::Served;
use super::{Bench, Ran};

const PLANT: &str = r#"{"acts":[
 {"act":"definePerson","code":"P-1","name":"One"},
 {"act":"defineParty","code":"C-1","name":"Lindhaga"},
 {"act":"defineMaterial","part":{"number":"LAMP"},"name":"Lamp","tracking":"serial","baseUnit":"ea"}]}"#;

fn lamp(serial: &str) -> String {
    format!(
        r#"{{"acts":[{{"act":"create","kind":"unit","part":{{"number":"LAMP"}},"order":"WO-1",
         "items":[{{"identifiers":[{{"scheme":"serialNumber","value":"{serial}"}}]}}]}}]}}"#
    )
}

#[test]
fn an_order_is_planned_released_split_and_closed() {
    let bench = Bench::empty();
    bench.tell(PLANT).code(0);
    bench.data(&["order", "plan", "WO-1", "LAMP", "2", "--customer", "C-1"]).code(0);
    let early = bench.tell(&lamp("SN-1")).code(1);
    assert!(early.stderr.contains("TW0046"), "{early:?}");
    bench.data(&["order", "release", "WO-1"]).code(0);
    bench.tell(&lamp("SN-1")).code(0);
    bench.tell(&lamp("SN-2")).code(0);
    let third = bench.tell(&lamp("SN-3")).code(1);
    assert!(third.stderr.contains("TW0047"), "{third:?}");
    // What is not said again of a plan stays as it is.
    let more = ["order", "plan", "WO-1", "LAMP", "4", "--reason", "more", "--by", "P-1"];
    bench.data(&more).code(0);
    let split = ["order", "split", "WO-1", "1", "--into", "WO-2", "--reason", "later", "--by"];
    bench.data(&[&split[..], &["P-1", "SN-2"]].concat()).code(0);
    let order = bench.answer(&["order", "show", "WO-1"]);
    assert_eq!(order["plan"]["customer"], "C-1", "{order}");
    assert_eq!(order["order"]["quantities"]["planned"], "3");
    assert_eq!(order["items"].as_array().unwrap().len(), 1, "{order}");
    assert_eq!(bench.answer(&["order", "show", "WO-2"])["order"]["stage"], "released");
    let open = bench.data(&["order", "close", "WO-1", "--by", "P-1", "--reason", "enough"]).code(1);
    assert!(open.stderr.contains("still in work"), "{open:?}");
    let list = bench.data(&["order", "list"]).code(0);
    assert!(list.stdout.contains("WO-2"), "{list:?}");
}

#[test]
fn numbers_are_given_out_and_accounted_for_on_a_server_too() {
    let bench = Bench::empty();
    bench.tell(PLANT).code(0);
    let range = ["serial", "range", "SR-1", "LAMP", "--prefix", "L", "--from", "1", "--to", "99"];
    bench.data(&[&range[..], &["--digits", "4"]].concat()).code(0);
    let served = Served::start(&bench);
    let token = served.said["token"].as_str().expect("the first start makes one").to_owned();
    let ask = |args: &[&str]| -> Ran {
        let more = ["--server", served.address(), "--token", &token];
        bench.run(args.iter().copied().chain(more))
    };
    let issued = ask(&["serial", "issue", "SR-1", "3"]).code(0);
    assert_eq!(issued.stdout, "L0001\nL0002\nL0003\n", "{issued:?}");
    ask(&["serial", "void", "SR-1", "L0002", "--reason", "spoilt", "--by", "P-1"]).code(0);
    let shown = ask(&["serial", "show", "SR-1"]).code(0);
    assert!(shown.stdout.contains("3 = 0 used + 1 void + 2 open"), "{shown:?}");
    let open = ask(&["serial", "numbers", "SR-1", "--state", "open"]).code(0);
    assert!(open.stdout.contains("L0003") && !open.stdout.contains("L0002"), "{open:?}");
    let listed = ask(&["serial", "list", "--text", "sr-"]).code(0);
    assert!(listed.stdout.contains("L0001 to L0099"), "{listed:?}");
    let more = ask(&["serial", "issue", "SR-1", "500"]).code(1);
    assert!(more.stderr.contains("TW0020"), "{more:?}");
    let unknown = ask(&["serial", "show", "SR-9"]);
    assert!(unknown.code != 0 && unknown.stderr.contains("SR-9"), "{unknown:?}");
}
