//! The servers of organization files, and the tokens for them.

use super::Context;
use crate::api;
use crate::apply::input::foreign::{Entry, Fields, Once, from_environment, scalar, variable};
use crate::apply::input::yaml::Node;

/// Every server that a file names, once.
#[derive(Default)]
pub struct Endpoints {
    known: Vec<(String, Node)>,
}

impl Endpoints {
    /// The endpoints of one file, the main one first.
    pub fn of<'a>(&mut self, file: &Fields<'a>, context: &mut Context<'_>) -> Vec<&'a str> {
        let mut hosts = Vec::new();
        let mut once = Once::default();
        let main = file.required("quay_endpoint", &mut context.findings).map(|(_, node)| node);
        let others = file.list("replicate_to", &mut context.findings);
        for node in main.into_iter().chain(others) {
            let Some(host) = node.as_str() else {
                context
                    .findings
                    .wrong(node, "an endpoint must be a text, as in quay.example.com or quay.example.com:8443");
                continue;
            };
            if let Err(why) = check(host) {
                context.findings.wrong(node, why);
                continue;
            }
            if once.check("endpoint", host, node, &mut context.findings) {
                hosts.push(host);
                self.add(host, node, context);
            }
        }
        hosts
    }

    /// The native entries.
    pub fn nodes(self) -> Vec<Node> {
        self.known.into_iter().map(|(_, node)| node).collect()
    }

    fn add(&mut self, host: &str, node: &Node, context: &mut Context<'_>) {
        if self.known.iter().any(|(known, _)| known == host) {
            return;
        }
        let mut entry = Entry::at(&node.place);
        entry.put("name", node.clone());
        entry.put("quay_host", scalar(&node.place, format!("https://{host}")));
        let variable = variable(&["quay_token", host]);
        if let Some(token) = context.login.and_then(|login| login.token(host)) {
            // The login file has it for exactly this host.
            entry.put("quay_token", Node { place: node.place.clone(), content: token.content.clone() });
        } else if context.supplies(&variable) {
            entry.put("quay_token", from_environment(&node.place, &variable));
        } else {
            let what = format!(
                "there is no token for {host}: give one in login.yaml or in the environment variable {variable}; until then, \
                 QUAY_TOKEN or QUAY_USERNAME with QUAY_PASSWORD count"
            );
            context.findings.warn(node, what);
        }
        self.known.push((host.to_owned(), entry.node()));
    }
}

/// Refuses what is no `host[:port]`, without repeating what may be a password.
fn check(host: &str) -> Result<(), String> {
    let plain = "an endpoint is a host without scheme and path, as in quay.example.com or quay.example.com:8443";
    if host.contains(['/', '@', '?', '#']) || host.contains(char::is_whitespace) {
        return Err(plain.to_owned());
    }
    api::base_url(host).map(|_| ()).map_err(|_| plain.to_owned())
}
