//! Mass apply: many objects from files, on many servers.
//!
//! - `support`: servers and declarations; `convergence`: plan, run, repeat.
//! - `engine`: what a run makes of a declaration, and of a server that does not play along.
//! - `property`: what holds for every registry file, and after any single fault.
//! - `checks`: what a run must not do, and how it is kept from it.
//! - `speed`: how many requests mass apply sends, in all and at a time.
//! - `export`: a server as a registry file, and that applying it changes nothing.
//! - `robot_pairs`: pairs of robot accounts.
//! - `round_trip`: a registry with every field set, exported and made anew on an empty server.
//! - `destroy`: what destroy deletes, and what it leaves.
//! - `files`: how several registry files become one, and which server each entry is for.
//! - `foreign`: files of other tools as input, and their conversion; `mqc`, `operator`: one tool each.
//! - `mqc_defects`: what went wrong with Mass Quay Configurator does not go wrong here.
//! - `tokens`: named API tokens of applications.
//! - `versions`: what older servers lack.
//! - `schema`: the published JSON Schema of registry files.

mod checks;
mod convergence;
mod destroy;
mod engine;
mod export;
mod files;
pub mod foreign;
pub mod mqc;
mod mqc_defects;
mod operator;
mod property;
mod robot_pairs;
mod round_trip;
mod schema;
mod speed;
pub mod support;
mod tokens;
mod versions;
