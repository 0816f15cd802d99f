//! Calls about work masters and work.

use domain::instruction::WorkMaster;
use domain::{HoldCode, ItemRef, OrderCode, Position, RangeCode};
use engine::query::{
    BatchRecord, DefinitionsAsk, HoldAnswer, MasterAnswer, MasterChanges, MasterCheck,
    MastersAnswer, MastersAsk, NextAnswer, NonconformancesAnswer, NonconformancesAsk, NumberRow,
    NumbersAsk, OrderAnswer, Page, QualificationsAnswer, RangeRow, ReleaseAnswer, ReleaseAsk,
    ReplayAnswer, ReplayAsk, ReviewsAnswer, ReviewsAsk, WorkAnswer, WorkAsk, WorkList,
};

use super::wire::{Pairs, encoded, pairs};
use super::{Client, Result};
use crate::account::Ceremony;

impl Client {
    /// Versions of work masters.
    pub fn masters(&self, ask: &MastersAsk) -> Result<MastersAnswer> {
        self.get("/api/v1/masters", pairs(ask))
    }

    /// One version, whole.
    pub fn master(&self, named: &str) -> Result<MasterAnswer> {
        self.get(&format!("/api/v1/masters/{}", encoded(named)), Pairs::new())
    }

    /// Everything wrong with a draft.
    pub fn check_master(&self, draft: &WorkMaster) -> Result<MasterCheck> {
        self.post("/api/v1/masters/check", draft)
    }

    /// What is new in a draft.
    pub fn master_changes(&self, draft: &WorkMaster) -> Result<MasterChanges> {
        self.post("/api/v1/masters/changes", draft)
    }

    /// Who a draft would have stopped.
    pub fn replay_master(&self, ask: &ReplayAsk) -> Result<ReplayAnswer> {
        self.post("/api/v1/masters/replay", ask)
    }

    /// Who is qualified for what.
    pub fn qualifications(&self) -> Result<QualificationsAnswer> {
        self.get("/api/v1/qualifications", Pairs::new())
    }

    /// A work order with all that is known of it.
    pub fn order(&self, code: &OrderCode) -> Result<OrderAnswer> {
        self.get(&format!("/api/v1/orders/{}", encoded(code)), Pairs::new())
    }

    /// A page of ranges of serial numbers with their accounts.
    pub fn ranges(&self, ask: &DefinitionsAsk) -> Result<Page<RangeRow>> {
        self.get("/api/v1/ranges", pairs(ask))
    }

    /// A page of the numbers of a range that were given out.
    pub fn range_numbers(&self, (code, ask): (&RangeCode, &NumbersAsk)) -> Result<Page<NumberRow>> {
        self.get(&format!("/api/v1/ranges/{}/numbers", encoded(code)), pairs(ask))
    }

    /// Executions that are not ended.
    pub fn work_list(&self, ask: &WorkAsk) -> Result<WorkList> {
        self.get("/api/v1/work", pairs(ask))
    }

    /// One execution, step by step.
    pub fn work(&self, execution: &Position) -> Result<WorkAnswer> {
        self.get(&format!("/api/v1/work/{execution}"), Pairs::new())
    }

    /// Where an item stands in its route.
    pub fn next_work(&self, item: &ItemRef) -> Result<NextAnswer> {
        self.get(&format!("/api/v1/items/{}/next", encoded(item)), Pairs::new())
    }

    /// The batch record of an item.
    pub fn batch_record(&self, item: &ItemRef) -> Result<BatchRecord> {
        self.get(&format!("/api/v1/items/{}/batch-record", encoded(item)), Pairs::new())
    }

    /// The batch record of an item as it stood when an entry was the last.
    pub fn batch_record_at(&self, item: &ItemRef, known_at: Position) -> Result<BatchRecord> {
        let query = vec![("knownAt".to_owned(), known_at.to_string())];
        self.get(&format!("/api/v1/items/{}/batch-record", encoded(item)), query)
    }

    /// Items on their way to release.
    pub fn reviews(&self, ask: &ReviewsAsk) -> Result<ReviewsAnswer> {
        self.get("/api/v1/reviews", pairs(ask))
    }

    /// Releases items on their records.
    pub fn release(&self, ask: &ReleaseAsk, ceremony: Option<&Ceremony>) -> Result<ReleaseAnswer> {
        match ceremony {
            Some(ceremony) => self.post_signed("/api/v1/releases", ask, ceremony),
            None => self.post("/api/v1/releases", ask),
        }
    }

    /// One hold, with which stations know of it and what passed meanwhile.
    pub fn hold(&self, code: &HoldCode) -> Result<HoldAnswer> {
        self.get(&format!("/api/v1/holds/{}", encoded(code)), Pairs::new())
    }

    /// Nonconformances.
    pub fn nonconformances(&self, ask: &NonconformancesAsk) -> Result<NonconformancesAnswer> {
        self.get("/api/v1/nonconformances", pairs(ask))
    }
}
