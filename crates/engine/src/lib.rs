//! The one write path, start-up, jobs, followers.
