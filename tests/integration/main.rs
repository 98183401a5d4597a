//! Tests of the real executable against the emulator, over a real socket.
//!
//! - `support`: start an emulator, run a module, count requests; the life cycle that every module goes through.
//! - `given`: the servers and faults that several tests start from.
//! - `table`: what holds for every module at once: documentation, drop-in options, generated files.
//! - `protocol`: what Ansible sends and gets, whatever happens.
//! - `assuming`: a check of a whole play on an empty server.
//! - `connection`: log-in, TLS, errors of the network, repetition.
//! - `images`: what all modules have in common that read an image.
//! - `layers`: what the sources promise: who uses whom, who writes, who prints.
//! - `stages`: snapshots of results and requests, one life a module.
//! - `quay_*`: one file a module: life cycle, every error of its specification, its requests.

mod given;
mod support;

mod assuming;
mod connection;
mod images;
mod layers;
mod protocol;
mod stages;
mod table;

mod quay_api_token;
mod quay_application;
mod quay_capabilities_info;
mod quay_config_info;
mod quay_default_perm;
mod quay_docker_token;
mod quay_first_user;
mod quay_layer_info;
mod quay_manifest_label;
mod quay_manifest_label_info;
mod quay_message;
mod quay_notification;
mod quay_org_mirror;
mod quay_organization;
mod quay_organization_immutability;
mod quay_organization_prune;
mod quay_proxy_cache;
mod quay_pull_stat_info;
mod quay_quota;
mod quay_repository;
mod quay_repository_immutability;
mod quay_repository_mirror;
mod quay_repository_prune;
mod quay_robot;
mod quay_tag;
mod quay_tag_info;
mod quay_team;
mod quay_team_ldap;
mod quay_team_oidc;
mod quay_user;
mod quay_vulnerability_info;
