//! What a run must not do, whatever is declared: remove more than it may, and lock out those who administer.

pub mod limits;
pub mod owners;
