//! Files there and back, with progress.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Read, Write};
use std::path::{Path, PathBuf};

use domain::{ItemRef, ScopeCode};
use engine::query::{EntriesAsk, EntryRow, ItemsAsk, ScopeAsk};
use engine::{
    BackupReport, ExportAbout, ExportFormat, ImportAnswer, ImportAsk, JobState, RecordFormat,
    VerifyReport,
};
use serde::de::DeserializeOwned;
use ureq::SendBody;
use ureq::http::{Method, StatusCode};

use super::wire::{Pairs, Sent, encoded, pairs};
use super::{Client, Error, Result};
use crate::route::{JSON, NDJSON};
use crate::routes::{BackupAsk, Stored, VerifyAsk};

/// How far a transfer or what follows it is.
#[derive(Debug)]
pub enum Transfer<'a> {
    /// Bytes sent of those there are.
    Sent {
        /// So many.
        bytes: u64,
        /// Of so many.
        of: u64,
    },
    /// The server works on it.
    Working(&'a JobState),
}

impl Client {
    /// Sends a file of data to be taken in, and waits until it is; `ask.source` is read here.
    ///
    /// `ask.by` is not sent: the server says whose token it is.
    pub fn import(
        &self,
        ask: &ImportAsk,
        progress: &mut dyn FnMut(Transfer<'_>),
    ) -> Result<ImportAnswer> {
        let mut query = Pairs::new();
        let mut put = |name: &str, value: Option<String>| {
            query.extend(value.map(|value| (name.to_owned(), value)));
        };
        let own_name = ask.source.file_name().map(|name| name.to_string_lossy().into_owned());
        put("format", Some(ask.format.word().to_owned()));
        put("name", ask.name.clone().or(own_name));
        put("dryRun", ask.dry_run.then(|| "true".to_owned()));
        put("skipBad", ask.skip_bad.then(|| "true".to_owned()));
        put("code", ask.code.as_ref().map(ToString::to_string));
        put("performed", ask.performed.map(|time| time.to_string()));
        for (header, field) in &ask.mapping {
            put("column", Some(format!("{header}={field}")));
        }
        let response = self.send_file("/api/v1/imports", query, &ask.source, progress)?;
        if response.status() != StatusCode::ACCEPTED {
            return self.value(response);
        }
        let job: JobState = self.value(response)?;
        let job = self.wait(&job.id, &mut |job| progress(Transfer::Working(job)))?;
        self.result(job)
    }

    /// Stores a file; answers the hash that names it.
    pub fn store_file(
        &self,
        path: &Path,
        progress: &mut dyn FnMut(Transfer<'_>),
    ) -> Result<Stored> {
        let response = self.send_file("/api/v1/files", Pairs::new(), path, progress)?;
        self.value(response)
    }

    /// Stores bytes as a file; answers the hash that names it.
    pub fn store(&self, bytes: &[u8]) -> Result<Stored> {
        let sent = Sent { media_type: "application/octet-stream", body: bytes, length: None };
        let response = self.send(Method::POST, "/api/v1/files", Pairs::new(), Some(sent))?;
        self.value(response)
    }

    /// Fetches a file by its hash; answers how long it is.
    pub fn fetch_file(&self, sha256: &str, to: &mut dyn Write) -> Result<u64> {
        self.fetch(&format!("/api/v1/files/{}", encoded(sha256)), Pairs::new(), to)
    }

    /// Fetches all items that fit as a table in CSV.
    pub fn export_items(&self, ask: &ItemsAsk, to: &mut dyn Write) -> Result<u64> {
        self.fetch("/api/v1/export/items.csv", pairs(ask), to)
    }

    /// Fetches the proof file of an item.
    pub fn proof(&self, item: &ItemRef, to: &mut dyn Write) -> Result<u64> {
        self.fetch(&format!("/api/v1/items/{}/proof", encoded(item)), Pairs::new(), to)
    }

    /// Fetches one number of a frozen scope in a form others read.
    pub fn export_scope(
        &self,
        (code, number): (&ScopeCode, u32),
        format: ExportFormat,
        about: &ExportAbout,
        to: &mut dyn Write,
    ) -> Result<u64> {
        let path = format!("/api/v1/scopes/{}/{number}", encoded(code));
        self.fetch(&path, form(format, about), to)
    }

    /// Fetches the batch record of an item as a file to be handed on.
    pub fn record_file(
        &self,
        item: &ItemRef,
        format: RecordFormat,
        to: &mut dyn Write,
    ) -> Result<u64> {
        let path = format!("/api/v1/items/{}/batch-record/export", encoded(item));
        let known = RecordFormat::ALL.iter().find(|(own, ..)| *own == format);
        let word = known.map_or("", |(_, word, _)| *word);
        self.fetch(&path, vec![("format".into(), word.into())], to)
    }

    /// Fetches the scope of a suspicion in a form others read, without freezing it.
    pub fn export_open_scope(
        &self,
        ask: &ScopeAsk,
        format: ExportFormat,
        about: &ExportAbout,
        to: &mut dyn Write,
    ) -> Result<u64> {
        let body = serde_json::to_vec(ask).map_err(|error| self.strange(&error))?;
        let sent = Sent { media_type: JSON, body, length: None };
        let (path, wanted) = ("/api/v1/scope/export", (Some(sent), "*/*"));
        let mut response = self.send_wanting(Method::POST, path, form(format, about), wanted)?;
        let mut from = response.body_mut().with_config().limit(u64::MAX).reader();
        std::io::copy(&mut from, to).map_err(|error| self.broken(error))
    }

    /// Hands every entry that fits to `take`, newest first, as they come.
    pub fn each_entry(
        &self,
        ask: &EntriesAsk,
        take: &mut dyn FnMut(EntryRow) -> Result<()>,
    ) -> Result<()> {
        let mut response = self.send_wanting(
            Method::GET,
            "/api/v1/entries",
            pairs(ask),
            (None::<Sent<()>>, NDJSON),
        )?;
        let lines = BufReader::new(response.body_mut().with_config().limit(u64::MAX).reader());
        for line in lines.lines() {
            let line = line.map_err(|error| self.broken(error))?;
            take(serde_json::from_str(&line).map_err(|error| self.strange(&error))?)?;
        }
        Ok(())
    }

    /// Has the server verify all it holds, and waits for the report.
    pub fn verify(
        &self,
        ask: &VerifyAsk,
        progress: &mut dyn FnMut(&JobState),
    ) -> Result<VerifyReport> {
        let job: JobState = self.post("/api/v1/verify", ask)?;
        let job = self.wait(&job.id, progress)?;
        self.result(job)
    }

    /// Has the server copy its folder to a new one of its own machine, and waits.
    pub fn backup(
        &self,
        ask: &BackupAsk,
        progress: &mut dyn FnMut(&JobState),
    ) -> Result<BackupReport> {
        let job: JobState = self.post("/api/v1/backup", ask)?;
        let job = self.wait(&job.id, progress)?;
        self.result(job)
    }

    /// What a job that is done answers.
    pub(super) fn result<A: DeserializeOwned>(&self, job: JobState) -> Result<A> {
        let result = job.result.ok_or_else(|| self.strange(&"a job without a result"))?;
        serde_json::from_value(result).map_err(|error| self.strange(&error))
    }

    /// An answer as text.
    pub(super) fn text(&self, path: &str) -> Result<String> {
        let mut bytes = Vec::new();
        self.fetch(path, Pairs::new(), &mut bytes)?;
        String::from_utf8(bytes).map_err(|error| self.strange(&error))
    }

    fn fetch(&self, path: &str, query: Pairs, to: &mut dyn Write) -> Result<u64> {
        let wanted = (None::<Sent<()>>, "*/*");
        let mut response = self.send_wanting(Method::GET, path, query, wanted)?;
        let mut from = response.body_mut().with_config().limit(u64::MAX).reader();
        std::io::copy(&mut from, to).map_err(|error| self.broken(error))
    }

    fn send_file(
        &self,
        path: &str,
        query: Pairs,
        source: &Path,
        progress: &mut dyn FnMut(Transfer<'_>),
    ) -> Result<ureq::http::Response<ureq::Body>> {
        let failed = |error| Error::File { path: PathBuf::from(source), source: error };
        let file = File::open(source).map_err(failed)?;
        let of = file.metadata().map_err(failed)?.len();
        let mut counted = Counted { from: file, bytes: 0, of, progress };
        let body = SendBody::from_reader(&mut counted);
        let sent = Sent { media_type: "application/octet-stream", body, length: Some(of) };
        self.send(Method::POST, path, query, Some(sent))
    }
}

/// A file that says how much of it was read.
struct Counted<'a> {
    from: File,
    bytes: u64,
    of: u64,
    progress: &'a mut dyn FnMut(Transfer<'_>),
}

impl Read for Counted<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.from.read(buffer)?;
        self.bytes = self.bytes.saturating_add(u64::try_from(read).unwrap_or(u64::MAX));
        (self.progress)(Transfer::Sent { bytes: self.bytes, of: self.of });
        Ok(read)
    }
}

/// In which form a scope is wanted.
fn form(format: ExportFormat, about: &ExportAbout) -> Pairs {
    let known = ExportFormat::ALL.into_iter().find(|(known, _)| *known == format);
    let word = known.map_or("json", |(_, word)| word);
    let mut query = vec![("format".to_owned(), word.to_owned())];
    let mut put = |name: &str, value: &Option<String>| {
        query.extend(value.iter().map(|value| (name.to_owned(), value.clone())));
    };
    put("firm", &about.firm);
    put("base", &about.base);
    query
}
