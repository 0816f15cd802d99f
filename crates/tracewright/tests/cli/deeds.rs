//! What is told and asked for: `do`, `hold`, `lift`, `ship`, `exceptions`, `schema`, `erase`.

use super::Bench;

#[test]
fn a_hold_bites_and_says_what_to_do() {
    let bench = Bench::with_work();
    bench
        .data(&["hold", "--code", "H-1", "--on", "lot:77120-A", "--spreads", "--reason", "leak"])
        .code(0);
    let holds = bench.answer(&["holds"])["items"].clone();
    assert!(holds.as_array().unwrap().iter().any(|hold| hold["code"] == "H-1"), "{holds}");
    let refused = bench.data(&["ship", "--to", "C-1", "SN-2"]).code(1);
    assert_eq!(refused.stdout, "");
    for said in ["refused: TW0012 on hold", "H-1", "-> ", "tracewright explain TW0012"] {
        assert!(refused.stderr.contains(said), "{said}: {refused:?}");
    }
    let json = bench.data(&["ship", "--to", "C-1", "SN-2", "--output", "json"]).code(1).json();
    assert_eq!((&json["admitted"], &json["rejected"]), (&0.into(), &1.into()));
    assert_eq!(json["answers"][0]["code"], "TW0012");
    let other = bench.answer(&["ship", "--to", "C-1", "--shipment", "DN-1", "SN-3"]);
    assert_eq!(other["answers"][0]["answer"], "admitted");
    bench.data(&["lift", "H-1", "--reason", "inspected"]).code(0);
    bench.data(&["ship", "--to", "C-1", "SN-2"]).code(0);
    let all = bench.data(&["holds", "--lifted"]).code(0);
    assert!(all.stdout.contains("lifted: inspected"), "{all:?}");
    let scope = bench.answer(&["scope", "--from", "lot:77120-A"]);
    assert_eq!(scope["consignees"][0]["party"], "C-1", "{scope}");
}

#[test]
fn the_first_refused_command_ends_a_file() {
    let bench = Bench::with_work();
    let place = |code: &str| {
        format!(r#"{{"acts":[{{"act":"definePlace","code":"{code}","name":"A place"}}]}}"#)
    };
    let bad = r#"{"acts":[{"act":"move","items":["SN-1"],"place":"NOWHERE"}]}"#;
    let (first, last) = (place("P-1"), place("P-2"));
    let ran = bench.tell(&format!("[{first},{bad},{last}]")).code(1).json();
    assert_eq!((&ran["admitted"], &ran["rejected"]), (&1.into(), &1.into()), "{ran}");
    assert_eq!(ran["notTried"], 1);
    bench.write("commands.jsonl", &format!("{first}\n{bad}\n{last}\n"));
    let file = bench.path("commands.jsonl");
    let ran = bench.data(&["submit", &file, "--go-on", "--output", "json"]).code(1).json();
    assert_eq!((&ran["admitted"], &ran["notTried"]), (&2.into(), &0.into()), "{ran}");
    let broken = bench.tell("{\"acts\":[{\"act\":\"dance\"}]}").code(2);
    assert!(broken.stderr.contains("understand command 1"), "{broken:?}");
}

#[test]
fn what_a_report_breaks_is_an_exception_somebody_closes() {
    let bench = Bench::with_work();
    bench.data(&["hold", "--code", "H-1", "--on", "lot:77120-B", "--reason", "leak"]).code(0);
    let ran = bench.tell(
        r#"{"mode":"report","acts":[{"act":"install","parent":"SN-1","component":"lot:77120-B","quantity":1}]}"#,
    );
    let exception = ran.code(0).json()["answers"][0]["exceptions"][0]["exception"].clone();
    let listed = bench.answer(&["exceptions"]);
    let listed = listed["items"].as_array().unwrap();
    assert!(listed.iter().any(|one| one["position"] == exception), "{listed:?}");
    let exception = exception.to_string();
    bench.data(&["exceptions", "close", &exception, "--reason", "looked at it"]).code(0);
    let open = bench.answer(&["exceptions"])["items"].as_array().unwrap().len();
    let all = bench.answer(&["exceptions", "--closed"])["items"].as_array().unwrap().len();
    assert_eq!(all, open + 1);
}

#[test]
fn fields_of_ones_own_and_erasure() {
    let bench = Bench::with_work();
    let none = bench.data(&["schema", "show"]).code(0);
    assert!(none.stdout.contains("No fields of your own"), "{none:?}");
    bench.write("fields.json", r#"{"type":"object","properties":{"colour":{"type":"string"}}}"#);
    bench.data(&["schema", "set", &bench.path("fields.json")]).code(0);
    let shown = bench.answer(&["schema", "show"]);
    assert_eq!(shown["schema"]["properties"]["colour"]["type"], "string");
    bench.tell(r#"{"acts":[{"act":"definePerson","code":"P-1","name":"Ada Example"}]}"#).code(0);
    bench.data(&["erase", "P-1", "--reason", "asked for it"]).code(0);
    bench.data(&["verify"]).code(0);
}
