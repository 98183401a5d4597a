//! Tests of the real executable against the emulator, over a real socket.
//!
//! - `support`: start an emulator, run a module, count requests; the life cycle that every module goes through.
//! - `table`: what holds for every module at once: documentation, drop-in options, generated files.
//! - `protocol`: what Ansible sends and gets, whatever happens.
//! - `connection`: log-in, TLS, errors of the network, repetition.
//! - `quay_*`: one file a module: life cycle, every error of its specification, its requests.

mod support;

mod connection;
mod layers;
mod protocol;
mod table;

mod quay_docker_token;
mod quay_first_user;
mod quay_message;
mod quay_org_mirror;
mod quay_organization;
mod quay_organization_immutability;
mod quay_organization_prune;
mod quay_proxy_cache;
mod quay_repository;
mod quay_repository_immutability;
mod quay_repository_prune;
mod quay_robot;
mod quay_team;
