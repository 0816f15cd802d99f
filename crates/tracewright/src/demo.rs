//! The demonstration plant: a maker of infusion pumps, fed through the public API.
//!
//! The first start writes five weeks of history ([`history`]), the pumps by a released work master
//! ([`line`]), then tells one recall from complaint to proof ([`story`]), builds a pilot series
//! ([`pilot`]), and goes on at a calm pace ([`pace`]). While the history is written, the plant's
//! clock shows the moments it is about ([`feed`]), and the ledger says it was written by a
//! simulator. A second start uses the data that is there: every command carries an id made
//! from its place in the history, so a start that was cut short is taken up where it stopped.
//! `demo.json` in the folder says since when.

mod feed;
mod history;
mod line;
mod pace;
mod parts;
mod pilot;
mod story;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, sync_channel};
use std::task::Poll;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use api::client::Client;
use api::{Role, Tokens};
use domain::{Command, Time};
use engine::{Options, Plant};
use serde::{Deserialize, Serialize};

use crate::command::{self, Bench};
use crate::failure::Outcome;
use crate::output::Output;
use history::{History, Truth};

const STATE: &str = "demo.json";
const TOKEN: &str = "demo-token";

/// Build a plant to look at, follow a recall through it, and let it work on.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  tracewright demo                  build or open ./demo-plant, tell the story, work on
  tracewright demo --fresh          start over
  tracewright demo --once           tell the story and end")]
pub(crate) struct DemoArgs {
    /// Data folder of the plant.
    #[arg(long, value_name = "DIR", default_value = "demo-plant")]
    pub(crate) dir: PathBuf,
    /// Start over: removes a demonstration plant that is there.
    #[arg(long)]
    pub(crate) fresh: bool,
    /// Where the server listens; port 0 takes a free one.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8420")]
    pub(crate) listen: SocketAddr,
    /// Seconds between two steps of the plant that goes on.
    #[arg(long, value_name = "SECONDS", default_value_t = 4)]
    pub(crate) pace: u64,
    /// End after the story instead of going on.
    #[arg(long)]
    pub(crate) once: bool,
}

/// What a later start has to know.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Kept {
    /// When the history was written: its times count back from there.
    written: Time,
    /// How many entries there were before the story.
    before_story: Option<u64>,
    /// How many steps were taken since.
    steps: u64,
}

/// The plant as the story and the pace see it.
struct Demo<'a> {
    client: Client,
    server: String,
    folder: &'a Path,
    plant: Arc<Plant>,
    output: &'a Output,
    kept: Kept,
    truth: Truth,
}

/// Builds or opens the plant, tells the story, goes on.
pub(crate) fn run(args: &DemoArgs, bench: &Bench<'_>) -> command::Result {
    let output = bench.output;
    if bench.typed_data {
        bail!("build a plant: name its folder with --dir, not with --data");
    }
    prepare(args)?;
    output.note("opening the plant");
    let kept = kept(&args.dir)?;
    let History { deeds, truth } = history::history(kept.written);
    // The plant begins when its history does.
    let past = feed::Past::default();
    if let Some(first) = deeds.first().filter(|_| kept.before_story.is_none()) {
        past.is_at(first.at);
    }
    let plant = Plant::open(&args.dir, &demo_options(&past), |_| {})
        .with_context(|| format!("open the plant in {}", args.dir.display()))?;
    let plant = Arc::new(plant);
    keep(&args.dir, &kept)?;
    let token = token(&args.dir)?;
    let (stopper, stopped) = api::stopper();
    let (ended, ending) = sync_channel::<()>(1);
    let shutdown = async move {
        first(stopped, api::interrupted()).await;
        drop(ended);
    };
    let config = api::Config { listen: args.listen, ..api::Config::default() };
    let running = api::serve(Arc::clone(&plant), &config, shutdown)
        .context("serve the plant; --listen 127.0.0.1:0 takes a free port")?;
    let server = format!("http://{}", running.addr);
    let client = Client::new(&api::client::Config {
        server: server.clone(),
        token: Some(token),
        ..api::client::Config::default()
    })?;
    let mut demo = Demo { client, server, folder: &args.dir, plant, output, kept, truth };
    let worked = demo.work(&deeds, &past, args, &ending);
    stopper.stop();
    drop(demo);
    running.wait()?;
    worked?;
    output.note("the plant has stopped; start it again with the same command");
    Ok(Outcome::Done)
}

/// Ends when either of two ends.
async fn first(one: impl Future<Output = ()>, other: impl Future<Output = ()>) {
    let (mut one, mut other) = (pin!(one), pin!(other));
    std::future::poll_fn(|context| {
        let over = one.as_mut().poll(context).is_ready() || other.as_mut().poll(context).is_ready();
        if over { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
}

fn demo_options(past: &feed::Past) -> Options {
    Options {
        origin: Some("tracewright/halden-demo".to_owned()),
        clock: past.clock(),
        ..Options::default()
    }
}

/// Removes the plant that is there if told to; refuses a folder that holds something else.
fn prepare(args: &DemoArgs) -> Result<()> {
    let marked = args.dir.join(STATE).exists();
    let used = args.dir.read_dir().is_ok_and(|mut inside| inside.next().is_some());
    if used && !marked {
        bail!(
            "use {} for the demonstration: something else lies there; name another folder with \
             --dir",
            args.dir.display()
        );
    }
    if args.fresh && marked {
        std::fs::remove_dir_all(&args.dir)
            .with_context(|| format!("remove {}", args.dir.display()))?;
    }
    Ok(())
}

fn kept(folder: &Path) -> Result<Kept> {
    let path = folder.join(STATE);
    match std::fs::read(&path) {
        Ok(text) => serde_json::from_slice(&text)
            .with_context(|| format!("read {}; --fresh starts over", path.display())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            Ok(Kept { written: engine::now(), before_story: None, steps: 0 })
        }
        Err(error) => Err(error).with_context(|| format!("read {}", path.display())),
    }
}

fn keep(folder: &Path, kept: &Kept) -> Result<()> {
    let path = folder.join(STATE);
    let unfinished = folder.join("demo.json.new");
    std::fs::write(&unfinished, serde_json::to_vec_pretty(kept)?)
        .and_then(|()| std::fs::rename(&unfinished, &path))
        .with_context(|| format!("write {}", path.display()))
}

/// The token of the demonstration, readable by this user only.
fn token(folder: &Path) -> Result<String> {
    let path = folder.join(TOKEN);
    if let Ok(token) = std::fs::read_to_string(&path) {
        return Ok(token.trim().to_owned());
    }
    let made = Tokens::of(folder).create("demo", Role::Admin, None)?;
    write_private(&path, &made.secret).with_context(|| format!("write {}", path.display()))?;
    Ok(made.secret)
}

#[cfg(unix)]
fn write_private(path: &Path, text: &str) -> std::io::Result<()> {
    use std::io::Write as _;
    use std::os::unix::fs::OpenOptionsExt as _;
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true).mode(0o600);
    options.open(path)?.write_all(text.as_bytes())
}

#[cfg(not(unix))]
fn write_private(path: &Path, text: &str) -> std::io::Result<()> {
    std::fs::write(path, text)
}

impl Demo<'_> {
    fn work(
        &mut self,
        deeds: &[history::Deed],
        past: &feed::Past,
        args: &DemoArgs,
        ending: &Receiver<()>,
    ) -> Result<()> {
        if self.kept.before_story.is_none() {
            self.feed(deeds, past)?;
            self.kept.before_story = Some(self.plant.published().read().next().0);
            keep(self.folder, &self.kept)?;
        }
        self.tell()?;
        if !args.once {
            self.go_on(Duration::from_secs(args.pace.max(1)), ending)?;
        }
        Ok(())
    }
}

/// A command with an id made from its place, so that sending it twice changes nothing.
fn numbered(command: &serde_json::Value, of: &str, index: u64) -> Result<Command> {
    let mut command: Command = serde_json::from_value(command.clone())
        .with_context(|| format!("read the demonstration's command {index}"))?;
    let id = engine::command_id_of(&[b"tracewright demo", of.as_bytes(), &index.to_be_bytes()]);
    command.id = Some(id);
    Ok(command)
}
