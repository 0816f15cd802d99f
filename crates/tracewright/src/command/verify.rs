//! Is it still what was recorded: a proof file, or a whole data folder.

use std::fmt::Display;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result as Fallible, bail};
use api::VerifyAsk;
use api::client::Client;
use clap::Args;
use domain::misread;
use engine::{
    Progress, ReleaseShown, Stage, Stands, VerifyOptions, VerifyReport, WitnessFile, records_shown,
    releases_shown,
};
use merkle::hash;
use merkle::note::{Kind, PublicKey};
use merkle::proof::{self, Held, PROOF_BYTES_MAX, ProofFile, Report, Shown, Trust};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::{Bench, Result};
use crate::failure::Outcome;
use crate::output::{Page, Tone};

/// Bytes of a record with a proof and files inside.
const RECORD_BYTES_MAX: u64 = 256 << 20;
/// Bytes of a file of keys.
const KEYS_BYTES_MAX: u64 = 1 << 20;

/// Verify a proof file, a record that has one inside, or a whole data folder.
///
/// A proof file needs no server, no folder and no network. A folder is checked from its bytes up,
/// also while a server runs on it; nothing in it is changed. The verdict says how far it can be
/// believed: consistent (it agrees with itself), site-signed (a key you trust signed it), or
/// witnessed (others hold a checkpoint of the same history).
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tracewright verify SN-0042.twproof
  tracewright verify SN-0042.twproof --key site.key.pub
  tracewright verify RC-1.twproof --document RC-1-0.json
  tracewright verify SN-0042.pdf
  tracewright verify --data plant
  tracewright verify --data plant --witness plant.witness
  tracewright verify SN-0042.twproof --witness-key witness.pub
  tracewright verify --server http://127.0.0.1:8420     it verifies itself

Exit code 0: it holds. 1: it does not, and each thing that is wrong is named. 2: it cannot be
verified: the file is not there or is no proof, or there is no ledger in the folder.")]
pub(crate) struct VerifyArgs {
    /// A proof file; or a batch record as PDF, HTML or JSON, whose proof is inside it.
    file: Option<PathBuf>,
    /// A file that an entry shown in the proof must name by its hash: the document of a frozen
    /// scope.
    #[arg(long, value_name = "FILE", requires = "file")]
    document: Option<PathBuf>,
    /// Checkpoints that were kept elsewhere (`tracewright witness`); may be given again.
    #[arg(long, value_name = "FILE")]
    witness: Vec<PathBuf>,
    /// A key you trust, as `tracewright keys show` prints it, or a file of such lines; may be
    /// given again.
    #[arg(long, value_name = "KEY|FILE")]
    key: Vec<String>,
    /// A key of a witness you trust, as `tracewright witness serve` prints it, or a file of such
    /// lines; may be given again.
    #[arg(long, value_name = "KEY|FILE")]
    witness_key: Vec<String>,
    /// Leave out the views, which take as long as folding the ledger anew.
    #[arg(long)]
    skip_views: bool,
}

/// What the verifier knows from elsewhere.
struct Known {
    site_keys: Vec<PublicKey>,
    witness_keys: Vec<PublicKey>,
    witnesses: Vec<WitnessFile>,
}

/// Verifies a proof file or a folder.
pub(crate) fn run(args: &VerifyArgs, at: &Bench<'_>) -> Result {
    let known = known(args)?;
    match &args.file {
        Some(file) if at.typed_data => {
            bail!("choose: give the proof file {} or --data DIR, not both", file.display())
        }
        Some(file) => verify_file((file, args.document.as_deref()), known, at),
        None => {
            let report = match at.place.server()? {
                Some(client) => ask_server(&client, &known, args.skip_views, at)?,
                None => verify_folder(at.place.folder()?, known, args.skip_views, at)?,
            };
            let holds = report.holds();
            let verdict = Verdict { holds, report: &report };
            at.output.show(&verdict, |page, _| write(page, holds, &report))?;
            Ok(if holds { Outcome::Done } else { Outcome::Refused })
        }
    }
}

fn known(args: &VerifyArgs) -> Fallible<Known> {
    let mut site_keys = Vec::new();
    let mut witness_keys = Vec::new();
    for text in &args.key {
        for key in read_keys(text)? {
            match key.kind() {
                Kind::Text => site_keys.push(key),
                Kind::Cosignature => witness_keys.push(key),
            }
        }
    }
    for text in &args.witness_key {
        let keys = read_keys(text)?;
        if let Some(key) = keys.iter().find(|key| key.kind() != Kind::Cosignature) {
            bail!("use {key} as the key of a witness: it is the key of a ledger; give it as --key");
        }
        witness_keys.extend(keys);
    }
    let witnesses = args.witness.iter().map(|path| WitnessFile::read(path));
    let witnesses = witnesses.collect::<engine::Result<_>>()?;
    Ok(Known { site_keys, witness_keys, witnesses })
}

/// A key as text, or the keys of a file, one a line.
fn read_keys(text: &str) -> Fallible<Vec<PublicKey>> {
    if let Ok(key) = text.parse() {
        return Ok(vec![key]);
    }
    let failed = || format!("read the key {text}: it is neither a key nor a file of keys");
    let mut lines = String::new();
    let file = std::fs::File::open(text).with_context(failed)?;
    file.take(KEYS_BYTES_MAX).read_to_string(&mut lines).with_context(failed)?;
    lines
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with('#') && !is_heading(line))
        .map(|line| line.parse().with_context(|| format!("read a key in {text}")))
        .collect()
}

/// Whether a line is the heading over the keys that `keys show` prints.
fn is_heading(line: &str) -> bool {
    line.ends_with(':')
}

/// A verdict, with whether it holds before everything else.
#[derive(Serialize)]
struct Verdict<'a, R> {
    holds: bool,
    #[serde(flatten)]
    report: &'a R,
}

fn verify_folder(
    folder: &Path,
    known: Known,
    skip_views: bool,
    at: &Bench<'_>,
) -> Fallible<VerifyReport> {
    let bar = at.output.bar("verifying", "");
    let mut progress = |progress: Progress| {
        bar.phase(match progress.stage {
            Stage::Pages => "checking pages",
            Stage::Entries => "checking entries",
            Stage::Files => "checking files",
            Stage::Views => "comparing views",
            Stage::Scopes => "making frozen scopes again",
        });
        bar.at(progress.done, progress.all.unwrap_or(0));
    };
    let Known { site_keys, witness_keys, witnesses } = known;
    let options = VerifyOptions { site_keys, witness_keys, witnesses, skip_views };
    match engine::verify_folder(folder, &options, &mut progress) {
        Err(engine::Error::Store(store::Error::NotAFolder { .. })) => {
            bail!("verify {}: there is no ledger in it", folder.display())
        }
        other => Ok(other?),
    }
}

fn ask_server(
    client: &Client,
    known: &Known,
    skip_views: bool,
    at: &Bench<'_>,
) -> Fallible<VerifyReport> {
    let notes = |file: &WitnessFile| {
        file.checkpoints.iter().map(|signed| signed.note.to_string()).collect::<String>()
    };
    let texts = |keys: &[PublicKey]| keys.iter().map(ToString::to_string).collect();
    let ask = VerifyAsk {
        witnesses: known.witnesses.iter().map(notes).collect(),
        site_keys: texts(&known.site_keys),
        witness_keys: texts(&known.witness_keys),
        skip_views,
    };
    at.output.note(
        "note: the server verifies itself; to rely on it, verify a proof file or a copy of the \
         folder here",
    );
    let bar = at.output.bar("verifying", "");
    let report = client.verify(&ask, &mut |job| {
        bar.phase(job.message.as_deref().unwrap_or("verifying"));
        bar.at(job.done, job.total);
    })?;
    Ok(report)
}

fn write(page: &mut Page, holds: bool, report: &impl Display) {
    let text = report.to_string();
    let (first, rest) = text.split_once('\n').unwrap_or((&text, ""));
    page.toned(if holds { Tone::Good } else { Tone::Bad }, first);
    page.prose(rest.trim_end());
}

fn verify_file((file, document): (&Path, Option<&Path>), known: Known, at: &Bench<'_>) -> Result {
    let inside = read(file)?;
    let (bytes, around) = match &inside {
        Inside::Proof(bytes) => (bytes, None),
        Inside::Record(bytes, around) => (bytes, Some(around)),
        Inside::None(what) => {
            let why = format!("there is no proof inside this {what}");
            return unreadable(file, &why, at);
        }
    };
    let held = known.witnesses.into_iter().flat_map(|witness| witness.checkpoints);
    let trust = Trust {
        site_keys: known.site_keys,
        witnesses: known.witness_keys,
        checkpoints: held.map(|checkpoint| Held { checkpoint, consistency: None }).collect(),
    };
    let report = match proof::verify_bytes(bytes, &trust) {
        Ok(report) => report,
        Err(error) => {
            let is_json = serde_json::from_slice::<serde::de::IgnoredAny>(bytes);
            let why = is_json.map_or_else(|e| misread::not_json(&e), |_| engine::chain(&error));
            return unreadable(file, &why, at);
        }
    };
    let mut answer = file_answer(file, &report);
    let mut holds = report.holds();
    let releases = ProofFile::parse(bytes).map(|file| releases_shown(&file)).unwrap_or_default();
    holds &= releases.iter().all(|release| release.stands != Stands::OnAnother);
    answer["holds"] = json!(holds);
    answer["releases"] = json!(releases);
    if let Some(around) = around {
        answer["inside"] = json!(around.what);
    }
    let records = ProofFile::parse(bytes).map(|file| records_shown(&file)).unwrap_or_default();
    let record = |(item, hash): &(String, String)| json!({ "item": item, "record": hash });
    answer["records"] = records.iter().map(record).collect();
    // Of what stands around a proof, the hash of the record can be held against it.
    let names = |record: &Around| records.iter().any(|(_, hash)| record.names(hash));
    let named_around = around.is_none_or(names);
    holds &= named_around;
    answer["holds"] = json!(holds);
    let mut named = None;
    if let Some(document) = document {
        let found = naming(document, bytes)?;
        holds &= found.is_some();
        answer["holds"] = json!(holds);
        answer["document"] = json!({ "file": document, "namedByEntry": found });
        named = Some((document, found));
    }
    at.output.show(&answer, |page, _| {
        write(page, report.holds(), &report);
        releases.iter().for_each(|release| write_release(page, release));
        for (item, hash) in &records {
            page.line(format!("The record of item {item} is {hash}."));
        }
        if let Some(around) = around {
            write_around(page, around.what, named_around);
        }
        match named {
            None => {}
            Some((document, Some(position))) => page.toned(
                Tone::Good,
                format!("{} is the document that entry {position} names.", document.display()),
            ),
            Some((document, None)) => page.toned(
                Tone::Bad,
                format!("{} is NOT a document that any entry shown names.", document.display()),
            ),
        }
    })?;
    Ok(if holds { Outcome::Done } else { Outcome::Refused })
}

/// Says how far what stands around a proof is covered by it.
fn write_around(page: &mut Page, what: &str, named: bool) {
    if named {
        page.prose(&format!(
            "The proof is inside a {what} that names this record. It covers the entries, not the \
             words around it: a record made again from the ledger shows the same."
        ));
    } else {
        page.toned(
            Tone::Bad,
            format!("The {what} around the proof does NOT name the record that is proven."),
        );
    }
}

/// A record that a proof is inside of.
struct Around {
    what: &'static str,
    bytes: Vec<u8>,
}

impl Around {
    /// Whether it names a record by its hash, outside of the files in it.
    fn names(&self, hash: &str) -> bool {
        self.bytes.windows(hash.len()).any(|text| text == hash.as_bytes())
    }
}

/// Where the proof is.
enum Inside {
    /// The file is one.
    Proof(Vec<u8>),
    /// It is inside a record.
    Record(Vec<u8>, Around),
    /// The file is a record of this kind, and none is inside.
    None(&'static str),
}

/// Reads a proof, or finds it inside a record.
fn read(file: &Path) -> Fallible<Inside> {
    let mut bytes = Vec::new();
    let failed = || format!("read {}", file.display());
    let opened = std::fs::File::open(file).with_context(failed)?;
    opened.take(RECORD_BYTES_MAX).read_to_end(&mut bytes).with_context(failed)?;
    let begins = bytes.trim_ascii_start();
    let what = if bytes.starts_with(b"%PDF-") {
        "PDF"
    } else if begins.starts_with(b"<!") || begins.starts_with(b"<html") {
        "page"
    } else {
        return Ok(match serde_json::from_slice::<InJson>(&bytes) {
            Ok(found) => {
                let record = found.record.get().as_bytes().to_vec();
                let around = Around { what: "JSON record", bytes: record };
                Inside::Record(found.proof.get().as_bytes().to_vec(), around)
            }
            Err(_) => Inside::Proof(bytes),
        });
    };
    let carried = report::carried(&bytes, PROOF_BYTES_MAX);
    let proof = carried.into_iter().find(|one| ProofFile::parse(one).is_ok());
    Ok(match proof {
        Some(proof) => Inside::Record(proof, Around { what, bytes }),
        None => Inside::None(what),
    })
}

/// A record in JSON, as far as its proof goes.
#[derive(Deserialize)]
struct InJson {
    #[serde(rename = "format")]
    _format: engine::RecordFileFormat,
    record: Box<RawValue>,
    proof: Box<RawValue>,
}

/// Whether a release stands on what the proof shows.
fn write_release(page: &mut Page, release: &ReleaseShown) {
    let ReleaseShown { position, item, record, stands } = release;
    let short = record.get(..12).unwrap_or(record);
    match stands {
        Stands::OnTheRecord => page.toned(
            Tone::Good,
            format!("Release {position} of item {item} stands on the record shown, {short}."),
        ),
        Stands::OnAnother => page.toned(
            Tone::Bad,
            format!("Release {position} of item {item} does NOT stand on the record shown."),
        ),
        Stands::NotShown => page.line(format!(
            "Release {position} of item {item} names record {short}, which is not shown whole."
        )),
    }
}

/// The entry of a proof whose fact names a file by its hash.
fn naming(document: &Path, proof: &[u8]) -> Fallible<Option<u64>> {
    let failed = || format!("read {}", document.display());
    let hash = hash::sha256(&std::fs::read(document).with_context(failed)?).to_string();
    let file = ProofFile::parse(proof)?;
    let names = |shown: &Shown| match shown {
        Shown::Open(member) if member.name == "fact/document" => {
            serde_json::from_slice::<Value>(&member.value)
                .is_ok_and(|value| value["sha256"] == hash.as_str())
        }
        Shown::Open(_) | Shown::Withheld => false,
    };
    let entry = file.entries.iter().find(|entry| entry.members.iter().any(names));
    Ok(entry.map(|entry| entry.position))
}

/// A file that is no proof is not verified: nothing is said of what it should prove.
fn unreadable(file: &Path, why: &str, at: &Bench<'_>) -> Result {
    let message = format!("the file cannot be read as a proof: {why}");
    let findings = [json!({ "finding": "unreadable", "message": message })];
    let answer = json!({ "holds": false, "file": file, "standing": null, "findings": findings });
    at.output.show(&answer, |page, _| {
        page.toned(Tone::Bad, format!("NOT VERIFIED: {}.", file.display()));
        page.prose(&format!("- {message}"));
        page.line("Nothing in this file should be relied upon. Ask whoever gave it for it again.");
    })?;
    Ok(Outcome::Unreadable)
}

/// The report on a proof file in the words that reports on folders use.
fn file_answer(file: &Path, report: &Report) -> Value {
    let findings: Vec<Value> = report
        .findings
        .iter()
        .map(|finding| {
            let mut value = serde_json::to_value(finding).unwrap_or_default();
            value["message"] = Value::String(finding.to_string());
            value
        })
        .collect();
    let standing = report.standing.map(|standing| match standing {
        proof::Standing::Consistent => engine::Standing::Consistent,
        proof::Standing::SiteSigned => engine::Standing::SiteSigned,
        proof::Standing::Witnessed(count) => engine::Standing::Witnessed(count),
    });
    let complete: Vec<Value> = report
        .complete
        .iter()
        .map(|claim| json!({ "item": claim.item, "throughSequence": claim.through_sequence }))
        .collect();
    json!({
        "holds": report.holds(),
        "file": file,
        "ledger": report.ledger.to_string(),
        "origin": report.origin,
        "size": report.size,
        "signedBy": report.signed_by,
        "standing": standing,
        "findings": findings,
        "witnesses": report.witnesses,
        "heldNotCompared": report.held_not_compared,
        "unknownSignatures": report.unknown_signatures,
        "complete": complete,
        "entries": report.entries,
        "membersShown": report.open,
        "membersWithheld": report.withheld,
        "lastPosition": report.last_position,
    })
}
