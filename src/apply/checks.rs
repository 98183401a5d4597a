//! What a run must not do, whatever is declared: remove more than it may, and lock out those who administer.

pub mod caller;
pub mod limits;
pub mod mirrors;
pub mod owners;
pub mod protect;
