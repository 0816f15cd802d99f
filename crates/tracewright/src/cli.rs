//! What can be typed: the commands and the options all of them take.

use std::path::PathBuf;

use api::PlainRemote;
use clap::parser::ValueSource;
use clap::{Args, CommandFactory as _, FromArgMatches as _, Parser, Subcommand, ValueEnum};
use domain::Meaning;
use tracing_subscriber::EnvFilter;

use crate::command::{
    self, audit, conformity, copies, drill, explain, hold, import, list, login, master, order,
    prepare, proof, quality, record, review, schema, scope, serial, serve, submit, token, trace,
    user, verify, witness, work,
};
use crate::demo;

/// The system of record for how every product was made.
///
/// Facts go into one ledger that nobody can change unnoticed; what went into what, where it is
/// and what a recall must name come out of it.
#[derive(Debug, Parser)]
#[command(name = "tracewright", version, max_term_width = 100, after_help = EXAMPLES)]
pub(crate) struct Cli {
    /// Options of all commands.
    #[command(flatten)]
    pub(crate) global: Global,
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

const EXAMPLES: &str = "\
Examples:
  tracewright demo                                      a plant to look at, in a minute
  tracewright import units.csv --data plant             take in a file
  tracewright record SN-0042 --data plant               all that is known of a unit
  tracewright scope --from lot:77120-A --data plant     a recall, in one call
  tracewright verify --data plant                       is it still what was recorded?

Exit codes: 0 done, 1 refused or not verified, 2 usage or environment.";

/// Options of all commands.
#[derive(Debug, Args)]
#[command(next_help_heading = "Options of all commands")]
pub(crate) struct Global {
    /// Work on this data folder, while no server runs on it.
    #[arg(long, global = true, value_name = "DIR", env = "TRACEWRIGHT_DATA")]
    pub(crate) data: Option<PathBuf>,
    /// Whether --data was typed, rather than set in the environment.
    #[arg(skip)]
    pub(crate) typed_data: bool,
    /// Talk to this server.
    #[arg(long, global = true, value_name = "URL", env = "TRACEWRIGHT_SERVER")]
    pub(crate) server: Option<String>,
    /// Token for the server.
    #[arg(
        long,
        global = true,
        value_name = "TOKEN",
        env = "TRACEWRIGHT_TOKEN",
        hide_env_values = true
    )]
    pub(crate) token: Option<String>,
    /// File that holds the token, so that it is not seen in the list of processes.
    #[arg(long, global = true, value_name = "FILE", env = "TRACEWRIGHT_TOKEN_FILE")]
    pub(crate) token_file: Option<PathBuf>,
    /// File that keeps sessions of people between commands; without it, one in your home.
    #[arg(long, global = true, value_name = "FILE", env = "TRACEWRIGHT_SESSION_FILE")]
    pub(crate) session_file: Option<PathBuf>,
    /// Sign what is submitted, as performed, verified, reviewed, approved, authored, rejected,
    /// witnessed, responsible or released; account and password are asked for each time.
    #[arg(long, global = true, value_name = "MEANING")]
    pub(crate) sign: Option<Meaning>,
    /// Certificates to trust in place of the public ones, in PEM: of a site's own authority.
    #[arg(long, global = true, value_name = "FILE", env = "TRACEWRIGHT_CERTIFICATES")]
    pub(crate) certificates: Option<PathBuf>,
    /// Talk to other machines without encryption, the token included.
    #[arg(long, global = true)]
    pub(crate) allow_plain_remote: bool,
    /// How answers come out: tables for people, or one JSON document for programs.
    #[arg(long, short, global = true, value_name = "FORMAT", default_value = "table")]
    pub(crate) output: Format,
    /// Only answers: no progress, no notes.
    #[arg(long, short, global = true)]
    pub(crate) quiet: bool,
    /// Say more of what goes on; twice for all.
    #[arg(long, short, global = true, action = clap::ArgAction::Count)]
    pub(crate) verbose: u8,
}

impl Global {
    /// Whether to talk to other machines without encryption.
    pub(crate) const fn plain_remote(&self) -> PlainRemote {
        if self.allow_plain_remote { PlainRemote::Allowed } else { PlainRemote::Refused }
    }
}

/// How answers come out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// Tables for people.
    Table,
    /// One JSON document for programs.
    Json,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Demo(demo::DemoArgs),
    Init(prepare::InitArgs),
    Import(import::ImportArgs),
    #[command(name = "do", alias = "submit")]
    Do(submit::DoArgs),
    Record(record::RecordArgs),
    Trace(trace::TraceArgs),
    Scope(Box<scope::ScopeArgs>),
    Drill(drill::DrillArgs),
    Shared(trace::SharedArgs),
    Items(list::ItemsArgs),
    Lots(list::LotsArgs),
    Balance(record::BalanceArgs),
    Entries(list::EntriesArgs),
    Audit(audit::AuditArgs),
    Exceptions(list::ExceptionsArgs),
    Holds(list::HoldsArgs),
    Hold(hold::HoldArgs),
    Station(hold::StationArgs),
    Lift(quality::LiftArgs),
    Ship(quality::ShipArgs),
    Order(Box<order::OrderArgs>),
    Serial(serial::SerialArgs),
    Master(master::MasterArgs),
    Work(work::WorkArgs),
    #[command(alias = "nc")]
    Nonconformance(conformity::NonconformanceArgs),
    Qualify(conformity::QualifyArgs),
    Review(review::ReviewArgs),
    Release(review::ReleaseArgs),
    Proof(proof::ProofArgs),
    Verify(verify::VerifyArgs),
    Witness(witness::WitnessArgs),
    Keys(proof::KeysArgs),
    Serve(serve::ServeArgs),
    Status(serve::StatusArgs),
    Token(token::TokenArgs),
    User(user::UserArgs),
    Login(login::LoginArgs),
    Logout(login::LogoutArgs),
    Whoami(login::WhoamiArgs),
    Statement(login::StatementArgs),
    Schema(schema::SchemaArgs),
    Erase(quality::EraseArgs),
    Backup(copies::BackupArgs),
    Restore(copies::RestoreArgs),
    Refold(copies::RefoldArgs),
    Explain(explain::ExplainArgs),
    Completions(prepare::CompletionsArgs),
}

/// Reads the arguments and the environment.
pub(crate) fn read() -> Result<Cli, clap::Error> {
    let matches = Cli::command().try_get_matches()?;
    let mut cli = Cli::from_arg_matches(&matches)?;
    // What is typed goes before what the environment says.
    let typed = |name: &str| matches.value_source(name) == Some(ValueSource::CommandLine);
    cli.global.typed_data = typed("data");
    match (cli.global.typed_data, typed("server")) {
        (true, true) => {
            return Err(Cli::command().error(
                clap::error::ErrorKind::ArgumentConflict,
                "give --data or --server, not both: a folder, or the server that runs on it",
            ));
        }
        (true, false) => cli.global.server = None,
        (false, true) => cli.global.data = None,
        (false, false) => {}
    }
    Ok(cli)
}

/// Sends the log to stderr.
pub(crate) fn log_to_stderr(verbose: u8) {
    let level = match verbose {
        0 => "warn",
        1 => "info",
        _ => "debug",
    };
    let filter = EnvFilter::try_from_env("TRACEWRIGHT_LOG").unwrap_or_else(|_| level.into());
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
}

/// The whole command line, for completions.
pub(crate) fn command() -> clap::Command {
    Cli::command()
}

impl Command {
    /// Does it.
    pub(crate) fn run(self, at: &command::Bench<'_>) -> command::Result {
        match self {
            Self::Demo(args) => demo::run(&args, at),
            Self::Init(args) => prepare::init(args, at),
            Self::Import(args) => import::run(args, at),
            Self::Do(args) => submit::run(&args, at),
            Self::Record(args) => record::run(args, at),
            Self::Trace(args) => trace::trace(args, at),
            Self::Scope(args) => scope::run(*args, at),
            Self::Drill(args) => drill::run(&args, at),
            Self::Shared(args) => trace::shared(&args, at),
            Self::Items(args) => list::items(&args, at),
            Self::Lots(args) => list::lots(&args, at),
            Self::Balance(args) => record::balance(args, at),
            Self::Entries(args) => list::entries(&args, at),
            Self::Audit(args) => audit::audit(args, at),
            Self::Exceptions(args) => list::exceptions(args, at),
            Self::Holds(args) => list::holds(&args, at),
            Self::Hold(args) => hold::hold(args, at),
            Self::Station(args) => hold::station(args, at),
            Self::Lift(args) => quality::lift(args, at),
            Self::Ship(args) => quality::ship(args, at),
            Self::Order(args) => order::run(*args, at),
            Self::Serial(args) => serial::run(args, at),
            Self::Master(args) => master::run(args, at),
            Self::Work(args) => work::run(args, at),
            Self::Nonconformance(args) => conformity::nonconformance(args, at),
            Self::Qualify(args) => conformity::qualify(args, at),
            Self::Review(args) => review::review(args, at),
            Self::Release(args) => review::release(args, at),
            Self::Proof(args) => proof::proof(args, at),
            Self::Verify(args) => verify::run(&args, at),
            Self::Witness(args) => witness::run(args, at),
            Self::Keys(args) => proof::keys(&args, at),
            Self::Serve(args) => serve::serve(args, at),
            Self::Status(args) => serve::status(&args, at),
            Self::Token(args) => token::token(args, at),
            Self::User(args) => user::user(args, at),
            Self::Login(args) => login::login(args, at),
            Self::Logout(args) => login::logout(&args, at),
            Self::Whoami(args) => login::whoami(&args, at),
            Self::Statement(args) => login::statement(&args, at),
            Self::Schema(args) => schema::schema(&args, at),
            Self::Backup(args) => copies::backup(&args, at),
            Self::Restore(args) => copies::restore(args, at),
            Self::Refold(args) => copies::refold(&args, at),
            Self::Explain(args) => explain::explain(&args, at),
            Self::Erase(args) => quality::erase(args, at),
            Self::Completions(args) => prepare::completions(&args, at),
        }
    }
}
