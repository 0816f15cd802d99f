use crate::{append_up_to, log, members, new_folder, received_us};
use merkle::Hash;
use merkle::tree::{self, TILE_WIDTH, TileId, Tiles as _};
use store::{Checkpoint, Error, LOG_BYTES_MAX, Ledger, MEMBERS_BYTES_MAX, StoredEntry};

fn stored(position: u64) -> StoredEntry {
    StoredEntry {
        position,
        received_us: received_us(position),
        log: log(position),
        members: members(position),
    }
}

fn leaves(size: u64) -> Vec<Hash> {
    (0..size).map(|position| tree::leaf_hash(&log(position))).collect()
}

/// Appends up to `size` entries and stores every tile that is full then.
fn append_with_tiles(ledger: &mut Ledger, size: u64) {
    append_up_to(ledger, size);
    ledger.begin().unwrap();
    let (mut level, mut row) = (0, leaves(size));
    while !row.is_empty() {
        let full = row.chunks_exact(TILE_WIDTH.into());
        for (index, hashes) in (0..).zip(full.clone()) {
            ledger.put_tile(TileId { level, index }, hashes).unwrap();
        }
        row = full.map(tree::root_of).collect();
        level += 1;
    }
    ledger.commit().unwrap();
}

#[test]
fn entries_are_read_as_they_were_appended() {
    let (_place, folder) = new_folder();
    let mut ledger = folder.ledger().unwrap();
    assert_eq!((ledger.size().unwrap(), ledger.entry(0).unwrap()), (0, None));
    append_up_to(&mut ledger, 10);
    let reader = folder.reading().ledger().unwrap();
    assert_eq!((ledger.size().unwrap(), reader.size().unwrap()), (10, 10));
    assert_eq!(reader.entry(3).unwrap(), Some(stored(3)));
    assert_eq!(reader.entry(10).unwrap(), None);
    let expected: Vec<_> = (2..5).map(stored).collect();
    assert_eq!(reader.entries(2..5, 100).unwrap(), expected);
    assert_eq!(reader.entries(2..10, 3).unwrap(), expected);
    assert_eq!(reader.entries(10..20, 3).unwrap(), []);
    assert_eq!(reader.entries(9..u64::MAX, 3).unwrap(), [stored(9)]);
    assert_eq!(reader.entry(u64::MAX).unwrap(), None);
}

#[test]
fn a_batch_is_seen_by_its_writer_at_once_and_by_readers_after_commit() {
    let (_place, folder) = new_folder();
    let mut ledger = folder.ledger().unwrap();
    let reader = folder.reading().ledger().unwrap();
    ledger.begin().unwrap();
    ledger.append(0, 1, b"a", b"b").unwrap();
    assert_eq!((ledger.size().unwrap(), reader.size().unwrap()), (1, 0));
    ledger.rollback().unwrap();
    assert_eq!(ledger.size().unwrap(), 0);
    append_up_to(&mut ledger, 1);
    assert_eq!(reader.size().unwrap(), 1);
    ledger.rollback().unwrap();
    assert_eq!(reader.size().unwrap(), 1);
}

#[test]
fn entries_come_in_turn_and_within_limits() {
    let (_place, folder) = new_folder();
    let mut ledger = folder.ledger().unwrap();
    ledger.begin().unwrap();
    let out_of_turn = ledger.append(1, 0, b"", b"");
    assert!(matches!(out_of_turn, Err(Error::OutOfTurn { expected: 0, found: 1 })));
    let long = vec![0; MEMBERS_BYTES_MAX + 1];
    let log_too_long = ledger.append(0, 0, &long[..=LOG_BYTES_MAX], b"");
    assert!(matches!(log_too_long, Err(Error::TooLong { found: 65_536, limit: 65_535, .. })));
    assert!(matches!(ledger.append(0, 0, b"", &long), Err(Error::TooLong { .. })));
    ledger.append(0, 0, &long[..LOG_BYTES_MAX], &long[1..]).unwrap();
    ledger.commit().unwrap();
    assert_eq!(ledger.size().unwrap(), 1);
}

#[test]
fn writes_outside_a_batch_are_refused() {
    let (_place, folder) = new_folder();
    let mut ledger = folder.ledger().unwrap();
    let tile = TileId { level: 0, index: 0 };
    let refused = [
        ledger.append(0, 0, b"", b""),
        ledger.put_tile(tile, &[]),
        ledger.put_command([0; 16], Hash([0; 32]), b""),
        ledger.put_checkpoint(0, ""),
        ledger.commit(),
    ];
    for result in refused {
        assert!(matches!(result, Err(Error::Misused { .. })), "{result:?}");
    }
    ledger.begin().unwrap();
    assert!(matches!(ledger.begin(), Err(Error::Misused { .. })));
    ledger.commit().unwrap();
}

#[test]
fn after_a_failed_write_the_writer_writes_no_more() {
    let (_place, folder) = new_folder();
    let mut ledger = folder.ledger().unwrap();
    append_up_to(&mut ledger, 1);
    ledger.begin().unwrap();
    ledger.put_command([1; 16], Hash([0; 32]), b"first").unwrap();
    let twice = ledger.put_command([1; 16], Hash([0; 32]), b"second");
    assert!(matches!(twice, Err(Error::Database { .. })));
    assert!(matches!(ledger.append(1, 0, b"", b""), Err(Error::WriterFailed)));
    assert!(matches!(ledger.commit(), Err(Error::WriterFailed)));
    ledger.rollback().unwrap();
    assert!(matches!(ledger.begin(), Err(Error::WriterFailed)));
    assert!(matches!(ledger.publish_checkpoint(0), Err(Error::WriterFailed)));
    let mut ledger = folder.ledger().unwrap();
    assert_eq!(ledger.command([1; 16]).unwrap(), None);
    append_up_to(&mut ledger, 2);
}

#[test]
fn answers_are_kept_by_command() {
    let (_place, folder) = new_folder();
    let mut ledger = folder.ledger().unwrap();
    ledger.begin().unwrap();
    ledger.put_command([1; 16], Hash([2; 32]), b"yes").unwrap();
    ledger.commit().unwrap();
    let reader = folder.reading().ledger().unwrap();
    assert_eq!(reader.command([1; 16]).unwrap(), Some((Hash([2; 32]), b"yes".to_vec())));
    assert_eq!(reader.command([2; 16]).unwrap(), None);
}

#[test]
fn the_newest_checkpoint_takes_the_place_of_an_unpublished_one() {
    let (_place, folder) = new_folder();
    let mut ledger = folder.ledger().unwrap();
    append_up_to(&mut ledger, 4);
    let put = |ledger: &mut Ledger, size| {
        ledger.begin().unwrap();
        ledger.put_checkpoint(size, &format!("note of {size}")).unwrap();
        ledger.commit().unwrap();
    };
    assert_eq!(ledger.latest_checkpoint().unwrap(), None);
    put(&mut ledger, 1);
    put(&mut ledger, 2);
    ledger.publish_checkpoint(2).unwrap();
    put(&mut ledger, 3);
    put(&mut ledger, 4);
    let checkpoint =
        |size, published| Checkpoint { size, published, note: format!("note of {size}") };
    let all = [checkpoint(2, true), checkpoint(4, false)];
    assert_eq!(ledger.checkpoints(0, 100).unwrap(), all);
    assert_eq!(ledger.checkpoints(3, 100).unwrap(), all[1..]);
    assert_eq!(ledger.checkpoints(0, 1).unwrap(), all[..1]);
    assert_eq!(ledger.latest_checkpoint().unwrap(), Some(all[1].clone()));
    assert!(matches!(ledger.publish_checkpoint(3), Err(Error::NoCheckpoint { size: 3 })));
}

#[test]
fn a_published_checkpoint_stays_word_for_word() {
    let (_place, folder) = new_folder();
    let mut ledger = folder.ledger().unwrap();
    for (note, publish) in [("first", false), ("second", true), ("third", false)] {
        ledger.begin().unwrap();
        ledger.put_checkpoint(0, note).unwrap();
        if publish {
            ledger.publish_checkpoint(0).unwrap();
        }
        ledger.commit().unwrap();
    }
    let latest = ledger.latest_checkpoint().unwrap().unwrap();
    assert_eq!((latest.note.as_str(), latest.published), ("second", true));
    ledger.begin().unwrap();
    let beyond = ledger.put_checkpoint(1, "of nothing");
    assert!(matches!(beyond, Err(Error::BeyondEnd { found: 1, size: 0 })));
}

#[test]
fn only_full_tiles_are_stored() {
    let (_place, folder) = new_folder();
    let mut ledger = folder.ledger().unwrap();
    ledger.begin().unwrap();
    for width in [0, 255, 257] {
        let tile = TileId { level: 0, index: 0 };
        let partial = ledger.put_tile(tile, &vec![Hash([0; 32]); width]);
        assert!(matches!(partial, Err(Error::PartialTile { found, .. }) if found == width));
    }
}

#[test]
fn the_tree_read_from_tiles_is_the_tree_of_the_entries() {
    const SIZE: u64 = 256 * 256 + 256 * 3 + 7;
    let (_place, folder) = new_folder();
    let mut ledger = folder.ledger().unwrap();
    append_with_tiles(&mut ledger, SIZE);
    let reader = folder.reading().ledger().unwrap();
    let leaves = leaves(SIZE);
    for size in [0, 1, 2, 255, 256, 257, 511, 40_000, 65_535, 65_536, 65_537, SIZE] {
        let expected = tree::root_of(&leaves[..usize::try_from(size).unwrap()]);
        assert_eq!(tree::root_at(size, &reader).unwrap(), expected, "{size}");
    }
    let root = tree::root_at(SIZE, &ledger).unwrap();
    for index in [0, 300, 65_535, 65_536, SIZE - 1] {
        let proof = tree::inclusion_proof(index, SIZE, &ledger).unwrap();
        let leaf = leaves[usize::try_from(index).unwrap()];
        tree::verify_inclusion(&leaf, index, SIZE, &proof, &root).unwrap();
    }
}

#[test]
fn partial_tiles_are_computed_from_the_row_below() {
    const SIZE: u64 = 256 * 3 + 7;
    let (_place, folder) = new_folder();
    let mut ledger = folder.ledger().unwrap();
    append_with_tiles(&mut ledger, SIZE);
    let leaves = leaves(SIZE);
    let tile = |level, index, width| ledger.tile(TileId { level, index }, width).unwrap();
    assert_eq!(tile(0, 1, 256), leaves[256..512]);
    assert_eq!(tile(0, 1, 5), leaves[256..261]);
    assert_eq!(tile(0, 3, 7), leaves[768..]);
    assert_eq!(tile(0, 3, 4), leaves[768..772]);
    let roots: Vec<Hash> = leaves.chunks_exact(256).map(tree::root_of).collect();
    assert_eq!(tile(1, 0, 3), roots);
    assert_eq!(tile(1, 0, 2), roots[..2]);
    // More than there is: as many as there are.
    assert_eq!(tile(0, 3, 256).len(), 7);
    assert_eq!(tile(1, 0, 4).len(), 3);
    assert_eq!(tile(2, 0, 1).len(), 0);
    assert_eq!(tile(0, u64::MAX, 1).len(), 0);
}

#[test]
fn readers_move_between_threads() {
    let (_place, folder) = new_folder();
    append_up_to(&mut folder.ledger().unwrap(), 100);
    let readers = folder.reading().ledger_readers(2);
    let read_all = || {
        for position in 0..100 {
            let entry = readers.get().unwrap().entry(position).unwrap();
            assert_eq!(entry, Some(stored(position)));
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(read_all);
        }
    });
}
