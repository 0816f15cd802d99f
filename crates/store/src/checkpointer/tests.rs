use super::*;
use crate::{Folder, Ledger};

const WORTHWHILE: u64 = 64 << 10;
const MAX: u64 = 256 << 10;
const LOG: [u8; 4096] = [7; 4096];

fn batch(ledger: &mut Ledger) {
    ledger.begin().unwrap();
    let next = ledger.size().unwrap();
    for position in next..next + 8 {
        ledger.append(position, 0, &LOG, &[]).unwrap();
    }
    ledger.commit().unwrap();
}

fn small(folder: &Folder) -> Checkpointer {
    let checkpointer = folder.ledger_checkpointer().unwrap();
    Checkpointer { bytes_worthwhile: WORTHWHILE, bytes_max: MAX, ..checkpointer }
}

#[test]
fn a_short_log_is_left_alone() {
    let place = tempfile::tempdir().unwrap();
    let folder = Folder::create(&place.path().join("data")).unwrap();
    let mut ledger = folder.ledger().unwrap();
    batch(&mut ledger);
    let checkpointer = folder.ledger_checkpointer().unwrap();
    assert_eq!(checkpointer.run().unwrap(), Checkpointed::NotWorthwhile);
}

#[test]
fn between_batches_the_log_is_begun_anew_and_stays_short() {
    let place = tempfile::tempdir().unwrap();
    let folder = Folder::create(&place.path().join("data")).unwrap();
    let mut ledger = folder.ledger().unwrap();
    let checkpointer = small(&folder);
    for _ in 0..100 {
        batch(&mut ledger);
        checkpointer.run().unwrap();
        assert!(checkpointer.log_bytes().unwrap() < WORTHWHILE + (64 << 10));
    }
    assert_eq!(ledger.size().unwrap(), 800);
}

#[test]
fn the_writer_alone_never_copies_back() {
    let place = tempfile::tempdir().unwrap();
    let folder = Folder::create(&place.path().join("data")).unwrap();
    let mut ledger = folder.ledger().unwrap();
    // More pages than the thousand after which SQLite would copy back by itself.
    for _ in 0..200 {
        batch(&mut ledger);
    }
    assert!(small(&folder).log_bytes().unwrap() > 1000 * 4096);
}

#[test]
fn a_reader_holds_the_cut_up_only_while_it_reads() {
    let place = tempfile::tempdir().unwrap();
    let folder = Folder::create(&place.path().join("data")).unwrap();
    let mut ledger = folder.ledger().unwrap();
    let checkpointer = small(&folder);
    batch(&mut ledger);
    let reader = folder.reading().ledger().unwrap();
    reader.database().batch("hold", "BEGIN; SELECT count(*) FROM entry;").unwrap();
    while checkpointer.log_bytes().unwrap() < MAX {
        batch(&mut ledger);
    }
    assert_eq!(checkpointer.run().unwrap(), Checkpointed::Held);
    reader.database().batch("let go", "COMMIT").unwrap();
    assert_eq!(checkpointer.run().unwrap(), Checkpointed::Cut);
    assert_eq!(checkpointer.log_bytes().unwrap(), 0);
    batch(&mut ledger);
    assert_eq!(reader.size().unwrap(), ledger.size().unwrap());
}

#[test]
fn a_writer_that_never_rests_is_bounded_all_the_same() {
    let place = tempfile::tempdir().unwrap();
    let folder = Folder::create(&place.path().join("data")).unwrap();
    let mut ledger = folder.ledger().unwrap();
    let checkpointer = small(&folder);
    std::thread::scope(|scope| {
        let writer = scope.spawn(move || {
            for _ in 0..1000 {
                batch(&mut ledger);
            }
        });
        let mut log_bytes_most = 0;
        while !writer.is_finished() {
            checkpointer.run().unwrap();
            log_bytes_most = log_bytes_most.max(checkpointer.log_bytes().unwrap());
        }
        // About 50 MB went through the log. What is written during one run, however slow, is less.
        assert!(log_bytes_most < 16 << 20, "{log_bytes_most}");
    });
}
