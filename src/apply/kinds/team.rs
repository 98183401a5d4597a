//! Teams, their members, and the groups of LDAP or OIDC that give them their members.

use serde_json::{Value, json};

use super::names::{ObjectName, text};
use super::prediction::Made;
use super::section::{Place, Section, Supply};
use super::{Card, Kind, Options};
use crate::api::Path;

/// Teams.
pub static TEAMS: Card = Card { pruned: true, rank: 3, ..Card::of("teams", "team", &[&SECTION]) };

/// Members, which are an option of their team.
pub static MEMBERS: Card =
    Card { held: Some((Kind::Teams, "members")), pruned: true, ..Card::of("members", "member", &[]) };

/// Ties to groups.
pub static TEAM_SYNCS: Card = Card::of("team_syncs", "synchronization of the team", &[&LDAP, &OIDC]);

/// Their entries in a file.
pub static SECTION: Section = Section {
    opens: Some(Place::Team),
    steering: &["prune", "reference", "preserve"],
    makes: team,
    predict,
    ..Section::of("teams", Kind::Teams, "quay_team")
};

static LDAP: Section = synchronized("ldap", "quay_team_ldap");
static OIDC: Section = synchronized("oidc", "quay_team_oidc");

const fn synchronized(key: &'static str, module: &'static str) -> Section {
    Section {
        place: Place::Team,
        supplied: &[("organization", Supply::Organization), ("name", Supply::Team)],
        called: &["name"],
        needs: |options| team(options).into_iter().collect(),
        ..Section::single(key, Kind::TeamSyncs, module)
    }
}

fn team(options: &Options) -> Option<ObjectName> {
    Some(ObjectName::Team(format!("{}/{}", text(options, "organization")?, text(options, "name")?)))
}

fn predict(made: &Made<'_>) {
    if !made.is_new() {
        return;
    }
    let (owner, name) = (made.text("organization"), made.text("name"));
    let shown = shown(name, &made.after("role"), &made.after("description"));
    made.server.amend(&Path::organization(owner), |body| body["teams"][name] = shown);
    let path = Path::team(owner, name);
    // Whether the caller may synchronize it, Quay tells only of a team that is there.
    made.server.keep(&path.clone().fixed("/members"), 200, json!({"name": name, "members": [], "can_sync": true}));
    made.server.complete(&path);
}

/// What an organization shows of a team.
pub fn shown(name: &str, role: &Value, description: &Value) -> Value {
    json!({"name": name, "role": role, "description": description, "is_synced": false})
}
