//! What the user declares, from any kind of file to one checked declaration.
//!
//! Files of this format are read, checked against the sections of all kinds and merged; those of other tools become the same tree first.

pub mod declaration;
pub mod delivery;
pub mod fill;
pub mod foreign;
pub mod intake;
pub mod merge;
pub mod mqc;
pub mod operator;
pub mod registry;
pub mod repositories;
pub mod secret;
pub mod selection;
pub mod sources;
pub mod tree;
pub mod yaml;
