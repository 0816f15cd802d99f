//! The typed client: the same answers as the engine's, and what it refuses to do.

use api::client::{Client, Config, Error, Transfer};
use api::{BackupAsk, PlainRemote, Role, VerifyAsk};
use domain::ItemRef;
use engine::query::{Direction, RecordAsk, ScopeAsk, TraceAsk};
use engine::{ImportAsk, ImportFormat};

use crate::site::{Site, build};

#[test]
fn a_token_is_not_sent_in_the_clear_to_another_machine() {
    let config = |server: &str| Config {
        server: server.to_owned(),
        token: Some("tw_secret".to_owned()),
        ..Config::default()
    };
    let refused = |server: &str| Client::new(&config(server)).unwrap_err();
    assert!(matches!(refused("http://plant.example:8420"), Error::PlainRemote(_)));
    assert!(matches!(refused("http://10.0.0.7"), Error::PlainRemote(_)));
    for wrong in ["plant", "ftp://plant", "http://plant/x", "", "http://"] {
        assert!(matches!(refused(wrong), Error::Address(_)), "{wrong}");
    }
    for good in
        ["https://plant.example", "http://localhost:1", "http://127.0.0.9", "http://[::1]:2"]
    {
        let client = Client::new(&config(good)).unwrap();
        assert!(!format!("{client:?} {:?}", config(good)).contains("tw_secret"));
    }
    let told = Config { plain_remote: PlainRemote::Allowed, ..config("http://10.0.0.7") };
    assert!(Client::new(&told).is_ok());
    let bad = Config { certificates: Some(b"no".to_vec()), ..config("https://plant.example") };
    assert!(matches!(Client::new(&bad), Err(Error::Certificates(_))));
    let nobody = Client::new(&config("http://127.0.0.1:1")).unwrap();
    assert!(matches!(nobody.status(), Err(Error::Reach { .. })));
}

#[test]
fn questions_get_the_answers_of_the_engine() {
    let site = Site::stocked();
    let client = site.client(Role::Quality);
    let built = client.command(&serde_json::from_str(&build("SN-1")).unwrap()).unwrap();
    let client = client.at_least(built.position);
    let unit: ItemRef = "serial:SN-1".parse().unwrap();
    let record = RecordAsk { history: true, ..RecordAsk::now(unit.clone()) };
    assert_eq!(client.record(&record).unwrap(), site.plant.record(&record).unwrap());
    let trace = TraceAsk {
        of: vec!["lot:77120-A".parse().unwrap()],
        direction: Direction::Forward,
        as_of: None,
        known_at: None,
        limit: None,
        captures: false,
    };
    let traced = client.trace(&trace).unwrap();
    assert_eq!(traced, site.plant.trace(&trace).unwrap());
    assert_eq!(traced.items[0].serial_number.as_deref(), Some("SN-1"));
    let scope = ScopeAsk { from: trace.of.clone(), ..ScopeAsk::default() };
    assert_eq!(client.scope(&scope).unwrap(), site.plant.scope(&scope).unwrap());
    assert_eq!(client.shared(&unit).unwrap(), site.plant.shared(&unit).unwrap());
    let by_query = [
        ("/api/v1/trace?of=lot:77120-A&direction=forward", serde_json::to_value(&traced).unwrap()),
        (
            "/api/v1/scope?from=lot%3A77120-A",
            serde_json::to_value(client.scope(&scope).unwrap()).unwrap(),
        ),
    ];
    for (path, answer) in by_query {
        assert_eq!(site.get(Role::Read, path).json(), answer, "{path}");
    }
    let past = site.get(Role::Read, "/api/v1/items/SN-1/record?knownAt=2026-06-18T09:48:31Z");
    assert!(past.status == 200 || past.status == 404, "{past:?}");
    let known = built.position.0;
    let path = format!("/api/v1/items/SN-1/record?knownAt={known}&compareKnownAt={known}&history");
    assert_eq!(site.get(Role::Read, &path).status, 200);
}

#[test]
fn a_file_of_data_is_taken_in_at_once_or_as_a_job() {
    let site = Site::stocked();
    let client = site.client(Role::Record);
    let path = site.folder.path().join("units.csv");
    std::fs::write(&path, "serialNumber,partNumber,lotCode\nSN-1,LP-300,L-1\n").unwrap();
    let ask = ImportAsk { source: path.clone(), ..ImportAsk::default() };
    let answer = client.import(&ask, &mut |_| {}).unwrap();
    assert_eq!((answer.imported, answer.rejected_count), (1, 0), "{answer:?}");
    let again = client.import(&ask, &mut |_| {}).unwrap();
    assert_eq!((again.imported, again.unchanged), (0, 1), "{again:?}");
    let mut many = "serialNumber,partNumber\n".to_owned();
    (0..60_000).for_each(|n| many.push_str(&format!("SN-MANY-{n:06},LP-300\n")));
    std::fs::write(&path, &many).unwrap();
    let dry = ImportAsk { dry_run: true, ..ask.clone() };
    let mut looks = 0;
    let answer = client
        .import(&dry, &mut |transfer| {
            looks += usize::from(matches!(transfer, Transfer::Working(_)));
        })
        .unwrap();
    assert_eq!((answer.imported, answer.dry_run), (60_000, true));
    assert!(looks > 0, "it was a job");
    assert_eq!(client.jobs().unwrap().len(), 1);
    let held = site.folder.path().join("held.jsonl");
    std::fs::write(&held, r#"{"acts":[{"act":"erase","person":"P-1","reason":"x"}]}"#).unwrap();
    let ask = ImportAsk { source: held, format: ImportFormat::JsonLines, ..ImportAsk::default() };
    let refused = client.import(&ask, &mut |_| {}).unwrap_err();
    assert_eq!(refused.problem().unwrap().status, 403, "{refused}");
}

#[test]
fn a_proof_file_holds_what_is_recorded_and_verifies() {
    let site = Site::stocked();
    let client = site.client(Role::Read);
    let got = site.post(Role::Record, "/api/v1/commands", &build("SN-1"));
    assert_eq!(got.status, 200, "{got:?}");
    let mut file = Vec::new();
    let written = client.proof(&"serial:SN-1".parse().unwrap(), &mut file).unwrap();
    assert_eq!(written, u64::try_from(file.len()).unwrap());
    let proof = merkle::proof::ProofFile::parse(&file).unwrap();
    let report = proof.verify(&merkle::proof::Trust::default());
    assert!(report.findings.is_empty(), "{report:?}");
    let persons = site.get(Role::Read, "/api/v1/items/SN-1/proof?persons=true");
    assert_eq!(persons.status, 403);
    let shown = site.get(Role::Quality, "/api/v1/items/SN-1/proof?persons=true&withhold=fact/");
    assert_eq!(shown.status, 200, "{shown:?}");
    assert!(shown.headers["content-disposition"].to_str().unwrap().contains("SN-1.twproof"));
}

#[test]
fn the_server_verifies_and_copies_itself_as_jobs() {
    let site = Site::stocked();
    let client = site.client(Role::Admin);
    let note = client.checkpoint().unwrap();
    let ask = VerifyAsk { witnesses: vec![note], ..VerifyAsk::default() };
    let report = client.verify(&ask, &mut |_| {}).unwrap();
    assert!(report.findings.is_empty() && report.standing.is_some(), "{report:?}");
    assert_eq!(report.size, site.size());
    let bad = VerifyAsk { site_keys: vec!["no key".to_owned()], ..VerifyAsk::default() };
    let refused = client.verify(&bad, &mut |_| {}).unwrap_err();
    assert_eq!(refused.problem().unwrap().status, 400);
    let to = BackupAsk { to: site.folder.path().join("copy"), people: None };
    let copied = client.backup(&to, &mut |_| {}).unwrap();
    assert_eq!(copied.entries, site.size());
    let again = client.backup(&to, &mut |_| {}).unwrap_err();
    assert!(matches!(again, Error::Job(_)), "{again}");
    let kinds: Vec<String> = client.jobs().unwrap().into_iter().map(|job| job.kind).collect();
    assert_eq!(kinds, ["backup", "backup", "verify"]);
    let stopped = client.stop_job(&client.jobs().unwrap()[0].id).unwrap();
    assert!(stopped.state.has_ended());
    let others = site.client(Role::Read).stop_job(&stopped.id).unwrap_err();
    assert_eq!(others.problem().unwrap().status, 403);
}
