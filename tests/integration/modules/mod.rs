//! One file a module (life cycle, every error of its specification, its requests), and what holds for all of them.
//!
//! - `table`: documentation, drop-in options, generated files; `table/arguments`: what linters know of the options.
//! - `fields`: tables of settings against what a real Quay shows.
//! - `assuming`: a check of a whole play on an empty server.
//! - `returns`: what each module returns, against its documentation.
//! - `foretold`: what the modules of policies tell of the tags that are there.
//! - `images`: what all modules have in common that read an image.
//! - `regenerate`: new tokens for robot accounts that have one.
//! - `stages`: snapshots of results and requests, one life a module.

mod assuming;
mod doubles;
mod fields;
mod foretold;
pub mod images;
mod quay_access_info;
mod quay_api_token;
mod quay_application;
mod quay_application_token;
mod quay_audit_info;
mod quay_capabilities_info;
mod quay_config_info;
mod quay_default_perm;
mod quay_docker_token;
mod quay_first_user;
mod quay_layer_info;
mod quay_log_info;
mod quay_manifest_label;
mod quay_manifest_label_info;
mod quay_message;
mod quay_mirror_info;
mod quay_notification;
mod quay_org_mirror;
mod quay_organization;
mod quay_organization_immutability;
mod quay_organization_member;
mod quay_organization_notification;
mod quay_organization_prune;
pub mod quay_policy_preview;
mod quay_proxy_cache;
mod quay_pull_stat_info;
mod quay_quota;
mod quay_registry;
mod quay_registry_info;
mod quay_repository;
mod quay_repository_immutability;
mod quay_repository_mirror;
mod quay_repository_prune;
pub mod quay_repository_restore;
mod quay_robot;
mod quay_robot_info;
mod quay_robot_pair;
mod quay_tag;
mod quay_tag_info;
mod quay_team;
mod quay_team_ldap;
mod quay_team_oidc;
mod quay_token_info;
mod quay_usage_info;
mod quay_user;
mod quay_vulnerability_info;
mod regenerate;
pub mod returns;
pub mod stages;
pub mod table;
mod versions;
