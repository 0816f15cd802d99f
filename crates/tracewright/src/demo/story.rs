//! One recall, from complaint to proof, each step with the command that anybody can repeat.

use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};
use domain::{Command, ItemRef, Position, ScopeCode};
use engine::query::{Certainty, KnownAt, ScopeAnswer, ScopeAsk, ShareKind};
use engine::{DeltaAsk, FreezeAsk, FrozenScope, VerifyOptions, verify_folder};
use serde_json::{Value, json};

use super::history::{AFTER_SUSPECT, PUMPS, SUSPECT, serial};
use super::line::{QUALITY, TO_RELEASE};
use super::{Demo, TOKEN, numbered};
use crate::report::{About, scope_page};

const HOLD: &str = "RC-1";
const PRODUCT: &str = "LP-300";
/// The scope as it was before the log of the feeder.
const FROZEN: &str = "RC-2026-01";

/// How many pumps are proven, possible and cleared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Pumps {
    proven: usize,
    possible: usize,
    cleared: usize,
}

impl Demo<'_> {
    /// Tells the story on the data that is there; told twice it changes nothing.
    pub(super) fn tell(&self) -> Result<()> {
        self.introduce()?;
        self.complaint()?;
        let before = self.first_scope()?;
        self.hold()?;
        self.freeze()?;
        self.late_log(before)?;
        self.delta()?;
        self.changed_byte()?;
        self.pilot()?;
        self.review()?;
        self.say(&format!(
            "\nLook around, in another terminal:\n  export TRACEWRIGHT_SERVER={} \
             TRACEWRIGHT_TOKEN_FILE={}\n  tracewright record {} --history\n  tracewright items \
             --part {PRODUCT}\n  the API in a browser: {}/api/v1/docs",
            self.server,
            self.folder.join(TOKEN).display(),
            self.truth.complaint,
            self.server
        ))
    }

    pub(super) fn say(&self, text: &str) -> Result<()> {
        self.output.text(&format!("{text}\n"))
    }

    pub(super) fn told(&self, title: &str, command: &str) -> Result<()> {
        self.say(&format!("\n{title}\n  $ tracewright {command}"))
    }

    fn introduce(&self) -> Result<()> {
        let status = self.client.status()?;
        let position = status.at.first().map_or(0, |at| at.position.0);
        self.say(&format!(
            "A plant that makes infusion pumps, served at {}: {} entries, {PUMPS} pumps in three \
             orders.\nA recall, step by step:",
            self.server,
            position + 1
        ))
    }

    fn complaint(&self) -> Result<()> {
        let serial = &self.truth.complaint;
        self.told(
            &format!("1. A hospital complains of pump {serial}. What does it share with others?"),
            &format!("shared {serial}"),
        )?;
        let item: ItemRef = format!("serial:{serial}").parse().map_err(anyhow::Error::msg)?;
        let shared = self.client.shared(&item)?;
        for share in shared.shares.iter().filter(|share| share.kind == ShareKind::Lot).take(12) {
            self.say(&format!("     lot {:<14} with {:>3} other units", share.code, share.count))?;
        }
        self.say(&format!(
            "     The failed part on its board is capacitor C17: lot {SUSPECT} is suspect."
        ))
    }

    fn ask(&self, known_at: Option<KnownAt>) -> Result<ScopeAnswer> {
        let from = format!("lot:{SUSPECT}").parse().map_err(anyhow::Error::msg)?;
        Ok(self.client.scope(&ScopeAsk { from: vec![from], known_at, ..ScopeAsk::default() })?)
    }

    /// The last entry before the story: on a later start the log of step 5 is known already.
    fn before_log(&self) -> Position {
        Position(self.kept.before_story.unwrap_or_default().saturating_sub(1))
    }

    fn first_scope(&self) -> Result<Pumps> {
        self.told(
            &format!("2. Which pumps have it, where are they, who has them? ({PUMPS} were built)"),
            &format!("scope --from lot:{SUSPECT}"),
        )?;
        let scope = self.ask(Some(KnownAt::Position(self.before_log())))?;
        let pumps = pumps_of(&scope);
        self.show(&scope, pumps)?;
        self.say(&format!(
            "     Planted truth: {} pumps really have it; {} had their board made in the shift of \
             the untimed change.",
            self.truth.affected.len(),
            self.truth.uncertain.len()
        ))?;
        for advice in scope.widenings.iter().take(2) {
            self.say(&format!("     To narrow it: {}", advice.text))?;
        }
        Ok(pumps)
    }

    fn show(&self, scope: &ScopeAnswer, pumps: Pumps) -> Result<()> {
        let Pumps { proven, possible, cleared } = pumps;
        self.say(&format!(
            "     {proven} proven + {possible} possible + {cleared} cleared = {}; {} consignees",
            proven + possible + cleared,
            scope.consignees.len()
        ))?;
        for consignee in scope.consignees.iter().take(3) {
            let name = consignee.name.as_deref().unwrap_or_default();
            self.say(&format!(
                "       {} {name}: {} proven, {} possible",
                consignee.party, consignee.proven, consignee.possible
            ))?;
        }
        Ok(())
    }

    fn hold(&self) -> Result<()> {
        self.told(
            "3. Hold it, with everything that contains it; the next pallet must not leave.",
            &format!("hold --code {HOLD} --on lot:{SUSPECT} --spreads --reason \"complaint\""),
        )?;
        let hold = json!({"acts": [{"act": "hold", "code": HOLD, "spreads": true,
            "on": [{"start": "item", "item": format!("lot:{SUSPECT}")}],
            "reason": format!("complaint of {}", self.truth.complaint)}]});
        self.client.command_patiently(&numbered(&hold, "story", 0)?)?;
        let (pallet, customer) = (&self.truth.next_pallet, &self.truth.next_customer);
        self.say(&format!("     held\n  $ tracewright ship --to {customer} container:{pallet}"))?;
        let ship: Command = serde_json::from_value(json!({"acts": [{"act": "ship",
            "party": customer, "lines": [{"item": format!("container:{pallet}")}]}]}))?;
        match self.client.command(&ship) {
            Ok(_) => bail!("hold pallet {pallet}: it could be shipped all the same"),
            Err(error) => match error.problem() {
                Some(problem) => self.say(&format!("     refused: {problem}")),
                None => Err(error.into()),
            },
        }
    }

    /// The scope as it is reported now; on a later start it is there.
    fn freeze(&self) -> Result<()> {
        self.told(
            "4. Freeze that scope: what is reported today can be made again byte by byte.",
            &format!("scope freeze --from lot:{SUSPECT} --code {FROZEN} --reason \"complaint\""),
        )?;
        let code = ScopeCode::new(FROZEN).map_err(anyhow::Error::msg)?;
        let all = self.client.scopes()?.scopes;
        let frozen = match all.into_iter().find(|one| one.code == code && one.number == 0) {
            Some(frozen) => frozen,
            None => self.first_number(&code)?,
        };
        self.say(&format!(
            "     {FROZEN} number {}, all parts: {} proven + {} possible + {} cleared\n     \
             SHA-256 {}",
            frozen.number, frozen.proven, frozen.possible, frozen.cleared, frozen.sha256
        ))?;
        let scope = self.ask(Some(KnownAt::Position(self.before_log())))?;
        scope.by_build_date.map_or(Ok(()), |dates| {
            self.say(&format!(
                "     A recall by build date would take {} units more than these {}.",
                dates.more_in_days, dates.concerned
            ))
        })
    }

    fn first_number(&self, code: &ScopeCode) -> Result<FrozenScope> {
        let from = format!("lot:{SUSPECT}").parse().map_err(anyhow::Error::msg)?;
        let ask = FreezeAsk {
            code: Some(code.clone()),
            from: vec![from],
            like: None,
            as_of: None,
            known_at: Some(self.before_log()),
            reason: format!("complaint of {}", self.truth.complaint),
            by: None,
        };
        Ok(self.client.freeze_scope(&ask)?.frozen)
    }

    /// What the log changed; on a later start its number is there, and only looked at.
    fn delta(&self) -> Result<()> {
        self.told(
            "6. What changed since it was frozen, and why?",
            &format!("scope delta {FROZEN}"),
        )?;
        let code = ScopeCode::new(FROZEN).map_err(anyhow::Error::msg)?;
        let all = self.client.scopes()?.scopes;
        if all.iter().any(|one| one.code == code && one.number > 0) {
            return self.say(&format!("     written before: tracewright scope show {FROZEN}"));
        }
        let answer = self.client.scope_delta(&code, &DeltaAsk { reason: None, by: None })?;
        for group in &answer.delta.groups {
            self.say(&format!("     {}", group.text))?;
        }
        let is_pump = |label: &String| self.truth.uncertain.contains(label);
        let cleared = answer.delta.changes.iter().filter(|change| {
            let now = change.now.as_ref().map(|stood| stood.certainty);
            now == Some(Certainty::Cleared) && is_pump(&change.label)
        });
        let truth =
            self.truth.uncertain.iter().filter(|pump| !self.truth.affected.contains(*pump)).count();
        self.say(&format!(
            "     Of that {} are pumps, the others their boards. Planted truth: {truth} pumps of \
             that shift never had it.",
            cleared.count()
        ))
    }

    /// The log of the feeder arrives: when reel C really was put on.
    fn late_log(&self, before: Pumps) -> Result<()> {
        self.told(
            "5. The feeder's log arrives, late: when the reel was really changed.",
            "do reel-log.json   # corrects the time of one entry",
        )?;
        let correct = self.reel_log()?;
        self.client.command_patiently(&numbered(&correct, "story", 1)?)?;
        let scope = self.ask(None)?;
        let pumps = pumps_of(&scope);
        self.say(&format!("  $ tracewright scope --from lot:{SUSPECT} --report recall.html"))?;
        self.show(&scope, pumps)?;
        let truth = self.truth.affected.len();
        let same = if pumps.proven == truth && pumps.possible == 0 { "the same" } else { "NOT" };
        self.say(&format!(
            "     Planted truth: {truth} pumps. Ours is {same}. The log cleared {} pumps.",
            pumps.cleared.saturating_sub(before.cleared)
        ))?;
        let path = self.write_report(&scope)?;
        self.say(&format!("     The scope as a page to hand on: {}", path.display()))
    }

    /// The correction: it names the entry that told of the change without its time.
    fn reel_log(&self) -> Result<Value> {
        let item: ItemRef = format!("lot:{AFTER_SUSPECT}").parse().map_err(anyhow::Error::msg)?;
        let before = self.kept.before_story.map(Position);
        let page = self.client.entries(&engine::query::EntriesAsk {
            item: Some(item),
            limit: Some(1000),
            ..engine::query::EntriesAsk::default()
        })?;
        let load = page
            .items
            .iter()
            .find(|row| row.act == "load" && before.is_none_or(|before| row.position < before))
            .with_context(|| format!("find the entry that loaded {AFTER_SUSPECT}"))?;
        let at = &self.truth.changed_at;
        Ok(json!({"mode": "report", "source": "feeder log SMT-1 F3", "acts": [{"act": "correct",
            "entries": [load.position],
            "amendment": {"how": "retime", "performed": {"from": at, "to": at}},
            "reason": "log of feeder F3, read out after the complaint"}]}))
    }

    fn write_report(&self, scope: &ScopeAnswer) -> Result<PathBuf> {
        let path = self.folder.join(format!("recall-{SUSPECT}.html"));
        let about = About {
            question: format!("tracewright scope --from lot:{SUSPECT}"),
            asked: engine::now().to_string(),
            origin: self.plant.keys().genesis().origin.clone(),
            checkpoint: self.client.checkpoint()?,
        };
        std::fs::write(&path, scope_page(scope, &about))
            .with_context(|| format!("write {}", path.display()))?;
        Ok(path)
    }

    /// A pump is complete; what must a person look at before it may leave?
    fn review(&self) -> Result<()> {
        let serial = serial(TO_RELEASE);
        self.told(
            &format!("9. Pump {serial} is complete. What must a person look at?"),
            &format!("review {serial}"),
        )?;
        let item: ItemRef = format!("serial:{serial}").parse().map_err(anyhow::Error::msg)?;
        let record = self.client.batch_record(&item)?;
        for finding in record.findings.iter().filter(|finding| finding.settled.is_none()) {
            self.say(&format!("     {}", finding.what))?;
        }
        self.say(&format!(
            "     Everything else was checked by rule. {QUALITY} releases it on that record:\n  $ \
             tracewright release {serial} --record {} --by {QUALITY}",
            record.record
        ))
    }

    /// Somebody changes one byte in a copy of the records.
    fn changed_byte(&self) -> Result<()> {
        let copy = self.folder.join("altered-copy");
        self.told(
            "7. Somebody changes one byte in a copy of the records. Does it show?",
            &format!("verify --data {}", copy.display()),
        )?;
        if copy.exists() {
            std::fs::remove_dir_all(&copy).with_context(|| format!("remove {}", copy.display()))?;
        }
        engine::backup(self.folder, &copy, &mut |_| {})?;
        self.alter(&copy.join("ledger.db"))?;
        let options = VerifyOptions { skip_views: true, ..VerifyOptions::default() };
        let report = verify_folder(&copy, &options, &mut |_| {})?;
        if report.findings.is_empty() {
            bail!("verify the altered copy: the change was not found");
        }
        for finding in report.findings.iter().take(2) {
            self.say(&format!("     {}", finding.message))?;
        }
        let report = verify_folder(self.folder, &VerifyOptions::default(), &mut |_| {})?;
        self.say(&format!("  $ tracewright verify --data {}", self.folder.display()))?;
        match (report.standing, report.findings.as_slice()) {
            (Some(standing), []) => self.say(&format!(
                "     the plant's own records: {standing}, {} entries",
                report.checked.entries
            )),
            (_, findings) => bail!("verify the plant: {} findings", findings.len()),
        }
    }

    /// Turns one letter of a serial number into another.
    fn alter(&self, file: &std::path::Path) -> Result<()> {
        let mut bytes = std::fs::read(file).with_context(|| format!("read {}", file.display()))?;
        let serial = format!("\"value\":\"{}\"", self.truth.complaint).into_bytes();
        let at = bytes.windows(serial.len()).position(|some| some == serial);
        let at = at.context("find the serial number in the copy")?;
        let digit = at + serial.len() - 2;
        if let Some(byte) = bytes.get_mut(digit) {
            *byte = if *byte == b'9' { b'1' } else { b'9' };
        }
        std::fs::write(file, bytes).with_context(|| format!("write {}", file.display()))
    }
}

fn pumps_of(scope: &ScopeAnswer) -> Pumps {
    let count = scope
        .summary
        .by_part
        .iter()
        .find(|count| count.part.as_ref().is_some_and(|part| part.number.as_str() == PRODUCT));
    count.map_or(Pumps { proven: 0, possible: 0, cleared: 0 }, |count| Pumps {
        proven: count.proven,
        possible: count.possible,
        cleared: count.cleared,
    })
}
