//! Copies of a data folder: backup, restore; and views folded anew.

use std::path::PathBuf;

use anyhow::anyhow;
use api::BackupAsk;
use clap::Args;
use engine::{Progress, RestoreOptions, Stage, WitnessFile};
use serde_json::json;

use super::{Bench, Result};
use crate::backend::{not_held, require_folder};
use crate::failure::Outcome;
use crate::output::{Bar, Page, count};

fn follow(bar: &Bar) -> impl FnMut(Progress) + '_ {
    |progress| {
        bar.phase(match progress.stage {
            Stage::Pages => "copying pages",
            Stage::Entries => "checking entries",
            Stage::Files => "files",
            Stage::Views => "folding views",
            Stage::Scopes => "making frozen scopes again",
        });
        bar.at(progress.done, progress.all.unwrap_or(0));
    }
}

/// Copy a data folder, also while a server runs on it.
///
/// The copy is a data folder itself. Its file CHECKPOINT holds the signed head: keep it elsewhere.
/// The keys of people are not in it, so that erasing a person reaches copies made before.
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  tracewright backup --data plant --to /backup/plant")]
pub(crate) struct BackupArgs {
    /// Where to: an empty folder, or one that is not there; with --server, on its machine.
    #[arg(long, value_name = "DIR")]
    to: PathBuf,
    /// Also copy the keys of people, to this file: keep it apart from copies, and only the newest.
    #[arg(long, value_name = "FILE")]
    people: Option<PathBuf>,
}

/// Copies a folder.
pub(crate) fn backup(args: &BackupArgs, at: &Bench<'_>) -> Result {
    let bar = at.output.bar("copying", "");
    let report = if let Some(client) = at.place.server()? {
        let ask = BackupAsk { to: args.to.clone(), people: args.people.clone() };
        client.backup(&ask, &mut |job| bar.at(job.done, job.total))?
    } else {
        let folder = at.place.folder()?;
        require_folder(folder)?;
        let report = engine::backup(folder, &args.to, &mut follow(&bar))?;
        args.people.iter().try_for_each(|file| engine::backup_keys(folder, file))?;
        report
    };
    drop(bar);
    at.output.show(&report, |page, report| {
        page.line(format!(
            "Copied {} entries and {} to {}.",
            report.entries,
            files(report.files),
            args.to.display()
        ));
        page.line(format!(
            "Keep {} elsewhere: it tells later whether a copy is behind.",
            args.to.join(engine::CHECKPOINT).display()
        ));
        page.line(match &args.people {
            Some(file) => format!(
                "Keep {} apart from copies, and only the newest: it opens what was erased since.",
                file.display()
            ),
            None => "The keys of people are not in it; --people FILE copies them apart.".to_owned(),
        });
        damaged(page, &report.damaged_files);
    })?;
    Ok(if report.damaged_files.is_empty() { Outcome::Done } else { Outcome::Refused })
}

/// Put a copy back as a data folder. The copy is verified first and stays as it is.
///
/// Show it the last checkpoint you know: a copy that is behind it is refused, unless the loss is
/// accepted, which opens a new ledger that names the lost one.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tracewright restore --from /backup/plant --to plant --seen plant.witness --people people.db
  tracewright restore --from /backup/plant --to plant --seen plant.witness --accept-loss")]
pub(crate) struct RestoreArgs {
    /// The copy.
    #[arg(long, value_name = "DIR")]
    from: PathBuf,
    /// Where to: an empty folder, or one that is not there.
    #[arg(long, value_name = "DIR")]
    to: PathBuf,
    /// The last checkpoint known anywhere: a file `witness` or `backup` wrote.
    #[arg(long, value_name = "FILE")]
    seen: Option<PathBuf>,
    /// Open a new ledger where the copy is behind, or where no checkpoint is known.
    #[arg(long)]
    accept_loss: bool,
    /// The keys of people: people.db of the folder copied, or what `backup --people` wrote.
    /// Who has no key there is recorded as erased. Without it, those in the copy, if it has any.
    #[arg(long, value_name = "FILE")]
    people: Option<PathBuf>,
    /// Name of that new ledger in its checkpoints; without it, one is made from its id.
    #[arg(long, value_name = "NAME", requires = "accept_loss")]
    origin: Option<String>,
}

/// Puts a copy back.
pub(crate) fn restore(args: RestoreArgs, at: &Bench<'_>) -> Result {
    require_folder(&args.from)?;
    let seen = args.seen.as_deref().map(WitnessFile::read).transpose()?;
    let newest = seen
        .and_then(|file| file.checkpoints.into_iter().max_by_key(|signed| signed.checkpoint.size));
    let options = RestoreOptions {
        seen: newest.map(|signed| signed.note.to_string()),
        accept_loss: args.accept_loss,
        origin: args.origin,
        people: args.people,
    };
    let bar = at.output.bar("restoring", "");
    let report = engine::restore(&args.from, &args.to, &options, &mut follow(&bar))?;
    drop(bar);
    at.output.show(&report, |page, report| {
        page.line(format!(
            "Put back {} entries and {} as {}.",
            report.entries,
            files(report.files),
            args.to.display()
        ));
        if let Some(lost) = &report.continues {
            page.line(format!("It is a new ledger that continues {lost}, which is lost."));
        }
        if let Some(entries) = report.lost {
            page.line(format!("{entries} entries of that are gone."));
        }
        damaged(page, &report.damaged_files);
    })?;
    at.output.notes(&report.notes);
    Ok(if report.damaged_files.is_empty() { Outcome::Done } else { Outcome::Refused })
}

fn files(number: u64) -> String {
    count(usize::try_from(number).unwrap_or(usize::MAX), "file")
}

fn damaged(page: &mut Page, damaged: &[String]) {
    for file in damaged {
        page.line(format!("NOT copied, its content is not what was stored: file {file}"));
    }
}

/// Fold the views of a data folder anew from its ledger; nothing recorded is touched.
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  tracewright refold --data plant")]
pub(crate) struct RefoldArgs {}

/// Folds the views anew.
pub(crate) fn refold(_: &RefoldArgs, at: &Bench<'_>) -> Result {
    let folder = at.place.folder()?;
    require_folder(folder)?;
    let bar = at.output.bar("folding", "");
    let stands = not_held(engine::refold(folder, &mut follow(&bar)), folder)?;
    drop(bar);
    let position = stands.first().map(|at| at.position);
    let position = position.ok_or_else(|| anyhow!("fold {}: it is empty", folder.display()))?;
    at.output.show(&json!({ "at": stands }), |page, _| {
        page.line(format!("Folded the views up to position {position}."));
    })?;
    Ok(Outcome::Done)
}
