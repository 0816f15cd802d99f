//! Jobs: bounded in number, cancelled when asked, and a failing one fails alone.

#![cfg(test)]

use std::sync::mpsc::{Receiver, channel};

use engine::{Error, JobHandle, JobId, JobPhase, JobState, Jobs, QUEUED_MAX, RUNNING_MAX};
use serde_json::json;

/// Waits until a job has ended.
fn ended(jobs: &Jobs, id: &JobId) -> JobState {
    loop {
        let state = jobs.get(id).unwrap();
        if state.state.has_ended() {
            return state;
        }
        std::thread::yield_now();
    }
}

/// Work that waits to be let go.
fn waiting(go: Receiver<()>) -> impl FnOnce(&JobHandle) -> engine::Result<serde_json::Value> {
    move |job| {
        job.progress(1, 2);
        job.message("waits");
        // The door opens by being dropped.
        assert!(go.recv().is_err());
        Ok(json!(job.is_cancelled()))
    }
}

#[test]
fn a_job_tells_how_far_it_is_and_what_came_out() {
    let jobs = Jobs::new();
    let (go, wait) = channel();
    let id = jobs.start("import", "ann", waiting(wait)).unwrap();
    while jobs.get(&id).unwrap().message.is_none() {
        std::thread::yield_now();
    }
    let state = jobs.get(&id).unwrap();
    assert_eq!((state.kind.as_str(), state.by.as_str()), ("import", "ann"));
    assert_eq!((state.state, state.done, state.total), (JobPhase::Running, 1, 2));
    assert_eq!(serde_json::to_value(&state).unwrap()["state"], "running");
    drop(go);
    let state = ended(&jobs, &id);
    assert_eq!((state.state, state.result), (JobPhase::Done, Some(json!(false))));
    assert!(state.ended >= Some(state.started));
    assert_eq!(jobs.get(&JobId("nobody".to_owned())), None);
}

#[test]
fn a_job_that_fails_fails_alone() {
    let jobs = Jobs::new();
    let failing = |_: &JobHandle| Err(Error::Input("no such file".to_owned()));
    let failed = jobs.start("import", "ann", failing).unwrap();
    let state = ended(&jobs, &failed);
    assert_eq!(state.state, JobPhase::Failed);
    assert_eq!(state.message.as_deref(), Some("read the input: no such file"));
    let panics = jobs.start("import", "ann", |_: &JobHandle| panic!("a bug")).unwrap();
    assert_eq!(ended(&jobs, &panics).state, JobPhase::Failed);
    let fine = jobs.start("verify", "ann", |_: &JobHandle| Ok(json!(1))).unwrap();
    assert_eq!(ended(&jobs, &fine).state, JobPhase::Done);
    let listed: Vec<_> = jobs.list().into_iter().map(|state| state.id).collect();
    assert_eq!(listed, [fine, panics, failed], "newest first");
}

#[test]
fn jobs_are_bounded_and_can_be_cancelled() {
    let jobs = Jobs::new();
    let mut doors = Vec::new();
    let mut ids = Vec::new();
    for _ in 0..RUNNING_MAX + QUEUED_MAX {
        let (go, wait) = channel();
        doors.push(go);
        ids.push(jobs.start("verify", "ann", waiting(wait)).unwrap());
        // Those that start leave the queue a moment after they were put there.
        let running = ids.len().min(RUNNING_MAX);
        let runs = |state: &JobState| state.state == JobPhase::Running;
        while jobs.list().iter().filter(|state| runs(state)).count() < running {
            std::thread::yield_now();
        }
    }
    let full = jobs.start("verify", "ann", |_: &JobHandle| Ok(json!(1)));
    assert!(matches!(full, Err(Error::Busy { .. })));
    let last = ids.last().unwrap();
    assert_eq!(jobs.cancel(last).unwrap().state, JobPhase::Cancelled, "it never ran");
    jobs.cancel(&ids[0]).unwrap();
    doors.clear();
    let first = ended(&jobs, &ids[0]);
    assert_eq!((first.state, first.result), (JobPhase::Cancelled, Some(json!(true))));
    for id in &ids[1..ids.len() - 1] {
        assert_eq!(ended(&jobs, id).state, JobPhase::Done);
    }
}

#[test]
fn what_is_forgotten_first_is_what_ended_first() {
    let jobs = Jobs::new();
    let ids: Vec<_> = (0..engine::KEPT_MAX + 10)
        .map(|_| {
            let id = jobs.start("verify", "ann", |_: &JobHandle| Ok(json!(1))).unwrap();
            ended(&jobs, &id);
            id
        })
        .collect();
    assert!(jobs.list().len() <= engine::KEPT_MAX + 1);
    assert_eq!(jobs.get(&ids[0]), None);
    assert!(jobs.get(ids.last().unwrap()).is_some());
}
