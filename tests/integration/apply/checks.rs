//! The checks: what a run must not do, each with a declaration that would destroy something without it.
//!
//! - `removals`: what is removed, and only where `prune` says so.
//! - `ceilings`: how much, and the switches for what hurts most.
//! - `owners`: rights that no run takes away.
//! - `caller`: what a run never does to whoever calls it.
//! - `accounts`: what goes with an account.
//! - `kept`: what pruning leaves.
//! - `told`: what a plan says about them.
//! - `closed`: what cannot be read is neither filled nor emptied.

mod accounts;
mod caller;
mod ceilings;
mod closed;
mod kept;
mod owners;
mod people;
mod policies;
mod removals;
mod told;
