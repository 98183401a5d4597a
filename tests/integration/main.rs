//! Tests of the real executable against the emulator, over a real socket.
//!
//! - `support`: start an emulator, run a module, count requests; the life cycle that every module goes through.
//! - `table`: what holds for every module at once: documentation, drop-in options, generated files.
//! - `protocol`: what Ansible sends and gets, whatever happens.
//! - `assuming`: a check of a whole play on an empty server.
//! - `connection`: log-in, TLS, errors of the network, repetition.
//! - `images`: what all modules have in common that read an image.
//! - `quay_*`: one file a module: life cycle, every error of its specification, its requests.

mod support;

mod assuming;
mod connection;
mod images;
mod layers;
mod protocol;
mod table;

mod quay_docker_token;
mod quay_first_user;
mod quay_layer_info;
mod quay_manifest_label;
mod quay_manifest_label_info;
mod quay_org_mirror;
mod quay_organization;
mod quay_proxy_cache;
mod quay_pull_stat_info;
mod quay_repository;
mod quay_robot;
mod quay_tag;
mod quay_tag_info;
mod quay_team;
mod quay_vulnerability_info;
