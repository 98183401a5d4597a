//! Tests of the real executable against the emulator, over a real socket.
//!
//! - `support`: start an emulator, run a module, count requests; the life cycle that every module goes through.
//! - `given`: the servers and faults that several tests start from.
//! - `table`: what holds for every module at once: documentation, drop-in options, generated files.
//! - `protocol`: what Ansible sends and gets, whatever happens.
//! - `assuming`: a check of a whole play on an empty server.
//! - `connection`: log-in, TLS, errors of the network, repetition.
//! - `images`: what all modules have in common that read an image.
//! - `registry_support`: servers and declarations for mass apply; `registry`: plan, run, repeat.
//! - `registry_engine`: what a run makes of a declaration, and of a server that does not play along.
//! - `registry_property`: what holds for every registry file, and after any single fault.
//! - `registry_rails`: what a run must not do, and how it is kept from it.
//! - `registry_speed`: how many requests mass apply sends, in all and at a time.
//! - `registry_export`: a server as a registry file, and that applying it changes nothing.
//! - `registry_destroy`: what destroy deletes, and what it leaves.
//! - `registry_files`: how several registry files become one, and which server each entry is for.
//! - `registry_foreign`: files of other tools as input, and their conversion; `registry_mqc`, `registry_operator`: one tool each.
//! - `registry_mqc_defects`: what went wrong with Mass Quay Configurator does not go wrong here.
//! - `registry_schema`: the published JSON Schema of registry files.
//! - `layers`: what the sources promise: who uses whom, who writes, who prints.
//! - `stages`: snapshots of results and requests, one life a module.
//! - `registry_cli`: mass apply at a shell.
//! - `quay_*`: one file a module: life cycle, every error of its specification, its requests.

mod given;
mod registry_support;
mod support;

mod assuming;
mod connection;
mod images;
mod layers;
mod protocol;
mod registry_export;
mod registry_schema;
mod stages;
mod table;

mod registry;
mod registry_destroy;
mod registry_engine;
mod registry_files;
mod registry_foreign;
mod registry_mqc;
mod registry_mqc_defects;
mod registry_operator;
mod registry_property;
mod registry_rails;
mod registry_speed;

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
mod quay_registry;
mod quay_registry_info;
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

mod registry_cli;
