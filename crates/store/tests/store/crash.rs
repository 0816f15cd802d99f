//! A process killed in the middle of writing: what it acknowledged is there.

use crate::{append_up_to, log, members, received_us};
use merkle::Hash;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use store::{Edition, Folder};

/// Names the folder to the process that is to be killed.
const FOLDER: &str = "STORE_CRASH_FOLDER";

const EDITION: Edition = Edition { ledger_id: [1; 16], fold_version: 1 };
const BATCH: u64 = 7;

fn command_id(size: u64) -> [u8; 16] {
    u128::from(size).to_be_bytes()
}

/// Runs only in the process that is to be killed: appends for ever, says each size it committed.
#[test]
fn append_until_killed() {
    let Some(path) = std::env::var_os(FOLDER) else { return };
    let folder = Folder::open(Path::new(&path)).unwrap();
    let mut ledger = folder.ledger().unwrap();
    let mut views = folder.views(&EDITION).unwrap();
    let checkpointer = folder.ledger_checkpointer().unwrap();
    loop {
        let size = ledger.size().unwrap() + BATCH;
        ledger.begin().unwrap();
        for position in size - BATCH..size {
            let (log, members) = (log(position), members(position));
            ledger.append(position, received_us(position), &log, &members).unwrap();
        }
        ledger.put_command(command_id(size), Hash([3; 32]), &size.to_be_bytes()).unwrap();
        ledger.put_checkpoint(size, &format!("note of {size}")).unwrap();
        ledger.commit().unwrap();
        folder.files().put(&size.to_be_bytes()).unwrap();
        println!("committed {size}");
        views.begin().unwrap();
        views.put_item(1, &size.to_be_bytes()).unwrap();
        views.commit(size).unwrap();
        checkpointer.run().unwrap();
    }
}

/// Lets a process append, kills it after `commits` commits, and answers the last size it acknowledged.
fn kill_after(folder: &Path, commits: usize) -> u64 {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "crash::append_until_killed", "--nocapture"])
        .env(FOLDER, folder)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    let mut acknowledged = 0;
    let mut commits_seen = 0;
    // After the kill the pipe still holds what was said before it.
    for line in lines {
        let Some(size) = line.split("committed ").nth(1) else { continue };
        acknowledged = size.parse().unwrap();
        commits_seen += 1;
        if commits_seen == commits {
            child.kill().unwrap();
        }
    }
    child.wait().unwrap();
    acknowledged
}

#[test]
fn what_was_acknowledged_survives_a_kill() {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("data");
    let folder = Folder::create(&path).unwrap();
    let fresh = folder.fresh_views(&EDITION).unwrap();
    drop(folder.swap_in_views(None, fresh, &EDITION).unwrap());
    drop(folder);
    for commits in [1, 2, 5, 23, 60] {
        let acknowledged = kill_after(&path, commits);
        let folder = Folder::open(&path).unwrap();
        let ledger = folder.ledger().unwrap();
        let size = ledger.size().unwrap();
        println!("killed after {commits} commits: {acknowledged} acknowledged, {size} there");
        assert!(acknowledged > 0 && acknowledged <= size);
        assert_eq!(size % BATCH, 0, "half a batch");
        assert_eq!(ledger.faults().unwrap(), [""; 0]);
        for entry in ledger.entries(0..size, 4096).unwrap() {
            let position = entry.position;
            assert_eq!(entry.received_us, received_us(position));
            assert_eq!((entry.log, entry.members), (log(position), members(position)));
        }
        let answer = ledger.command(command_id(size)).unwrap();
        assert_eq!(answer, Some((Hash([3; 32]), size.to_be_bytes().to_vec())));
        let checkpoint = ledger.latest_checkpoint().unwrap().unwrap();
        assert_eq!(checkpoint.note, format!("note of {size}"));
        let file = merkle::hash::sha256(&acknowledged.to_be_bytes());
        assert_eq!(folder.files().read(file).unwrap(), acknowledged.to_be_bytes());
        // The views may lag behind the ledger, and stand at one position whole.
        let views = folder.views(&EDITION).unwrap();
        let applied = views.applied_position().unwrap();
        assert!(applied <= size);
        let item = views.item(1).unwrap();
        assert_eq!(item, (applied > 0).then(|| applied.to_be_bytes().to_vec()));
    }
    append_up_to(&mut Folder::open(&path).unwrap().ledger().unwrap(), 5000);
}
