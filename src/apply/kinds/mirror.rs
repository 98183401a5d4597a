//! What keeps a repository, or a whole organization, a copy of what another registry has.

use super::names::{repository, text};
use super::section::{Place, Section, Supply};
use super::{Card, Kind};

/// Mirrors.
pub static MIRRORS: Card =
    Card { excludes: true, ..Card::of("mirrors", "mirror of", &[&OF_ORGANIZATION, &OF_REPOSITORY]) };

/// Mirrored organizations.
pub static OF_ORGANIZATION: Section = Section {
    left_out: &["force_sync"],
    commands: &["force_sync"],
    starts: Some("a synchronization is started"),
    ..Section::single("mirror", Kind::Mirrors, "quay_org_mirror")
};

/// Mirrored repositories.
pub static OF_REPOSITORY: Section = Section {
    place: Place::Repository,
    supplied: &[("name", Supply::Repository)],
    called: &["name"],
    left_out: &["force_sync"],
    commands: &["force_sync"],
    starts: Some("a synchronization is started"),
    needs: |options| text(options, "name").map(repository).into_iter().collect(),
    ..Section::single("mirror", Kind::Mirrors, "quay_repository_mirror")
};
