//! Images as a registry push brings them: manifests, layers, labels, scanner reports.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::{
    routes::{repository::add, tag::point},
    state::{
        Label, LogEntry, Manifest, State,
        clock::{SECOND, mail_date, now},
        ids,
    },
};

/// 1 January 2026, when all our images were built: equal images keep equal digests.
const BUILT: i64 = 1_767_225_600 * SECOND;

const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const INDEX: &str = "application/vnd.oci.image.index.v1+json";
const CONFIG: &str = "application/vnd.oci.image.config.v1+json";
const LAYER: &str = "application/vnd.oci.image.layer.v1.tar+gzip";

/// What to push.
///
/// ```
/// use quay_emulator::Image;
/// let image = Image::new("v1").label("team", "core").platforms(&["amd64", "arm64"]);
/// ```
#[derive(Debug, Clone)]
pub struct Image {
    content: String,
    labels: Vec<(String, String)>,
    platforms: Vec<String>,
    layer_size: u64,
    config_size: u64,
    security: Value,
}

impl Image {
    /// An image with one layer; different contents make different digests.
    pub fn new(content: &str) -> Image {
        Image {
            content: content.to_owned(),
            labels: Vec::new(),
            platforms: Vec::new(),
            layer_size: 214,
            config_size: 395,
            security: json!({ "data": null, "status": "queued" }),
        }
    }

    /// Adds a label, as a build does.
    pub fn label(mut self, key: &str, value: &str) -> Image {
        self.labels.push((key.to_owned(), value.to_owned()));
        self
    }

    /// Makes it an index with an image for each of these architectures.
    pub fn platforms(mut self, architectures: &[&str]) -> Image {
        self.platforms = architectures.iter().map(|name| (*name).to_owned()).collect();
        self
    }

    /// Sets the sizes of layer and configuration.
    pub fn sizes(mut self, layer: u64, config: u64) -> Image {
        (self.layer_size, self.config_size) = (layer, config);
        self
    }

    /// Makes the scanner have found these vulnerabilities: name, severity, the version that repairs it (may be empty).
    pub fn vulnerable(mut self, found: &[(&str, &str, &str)]) -> Image {
        let names: Vec<&str> = found.iter().map(|(name, ..)| *name).collect();
        let vulnerabilities: Vec<Value> =
            found.iter().map(|(name, severity, fixed)| vulnerability(name, severity, fixed)).collect();
        let feature = |name: &str, version: &str, names: &[&str], found: Vec<Value>| {
            json!({
                "AddedBy": layer_digest(&self.content),
                "BaseScores": [],
                "CVEIds": names,
                "Name": name,
                "NamespaceName": "",
                "Version": version,
                "VersionFormat": "",
                "Vulnerabilities": found,
            })
        };
        let features =
            [feature("stubpkg", "1.0.0", &names, vulnerabilities), feature("cleanpkg", "2.1.0", &[], Vec::new())];
        self.security = json!({
            "data": {
                "Layer": {
                    "Features": features,
                    "IndexedByVersion": 4,
                    "Name": "",
                    "NamespaceName": "",
                    "ParentName": "",
                },
            },
            "status": "scanned",
        });
        self
    }

    /// Sets the whole answer of the security route.
    pub fn security(mut self, report: Value) -> Image {
        self.security = report;
        self
    }
}

fn vulnerability(name: &str, severity: &str, fixed: &str) -> Value {
    json!({
        "Description": format!("Made-up vulnerability {name} of the Clair stub"),
        "FixedBy": fixed,
        "Link": format!("https://vulnerabilities.example.com/{name}"),
        "Metadata": {
            "DistroName": "Stub Linux",
            "DistroVersion": "1",
            "NVD": { "CVSSv3": { "Score": "", "Vectors": "" } },
            "RepoLink": "",
            "RepoName": "stub-repository",
            "UpdatedBy": "stub-updater",
        },
        "Name": name,
        "NamespaceName": "stub-updater",
        "Severity": severity,
    })
}

fn digest(text: &str) -> String {
    let hash: String = Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256:{hash}")
}

fn layer_digest(content: &str) -> String {
    digest(&format!("layer of {content}"))
}

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default()
}

/// Pushes an image: creates the repository if need be, and lets the tag point to the image. Gives back the digest.
pub(crate) fn push(state: &mut State, path: &str, tag: &str, image: &Image, pusher: &str) -> String {
    let (namespace, name) = path.split_once('/').unwrap_or((pusher, path));
    if state.namespace(namespace).is_none() {
        crate::seed::user(state, namespace, None, None);
    }
    if state.repository(namespace, name).is_none() {
        add(state, namespace, name, None, false, pusher);
    }
    let mut manifests = Vec::new();
    let top = if image.platforms.is_empty() {
        single(image, &image.content, &mut manifests)
    } else {
        let children: Vec<(String, &String)> = image
            .platforms
            .iter()
            .map(|platform| (single(image, &format!("{} for {platform}", image.content), &mut manifests), platform))
            .collect();
        index(image, &children, &mut manifests)
    };
    if let Some(repository) = state.repository_mut(namespace, name) {
        for (digest, manifest) in manifests {
            repository.manifests.entry(digest).or_insert(manifest);
        }
    }
    point(state, namespace, name, tag, &top, false);
    state.log(LogEntry::of_client("push_repo", namespace, name, pusher, Ok(tag)));
    top
}

fn labels(image: &Image) -> indexmap::IndexMap<String, Label> {
    let label = |(key, value): &(String, String)| {
        let label = Label {
            key: key.clone(),
            value: value.clone(),
            media_type: "text/plain".to_owned(),
            source: "manifest".to_owned(),
        };
        (ids::uuid(), label)
    };
    image.labels.iter().map(label).collect()
}

fn single(image: &Image, content: &str, manifests: &mut Vec<(String, Manifest)>) -> String {
    let layer = layer_digest(content);
    let config = digest(&format!("configuration of {content} with {:?}", image.labels));
    let data = pretty(&json!({
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "config": { "mediaType": CONFIG, "size": image.config_size, "digest": config },
        "layers": [{ "mediaType": LAYER, "size": image.layer_size, "digest": layer }],
    }));
    let shown = json!({
        "author": null,
        "blob_digest": layer,
        "command": [format!("ADD hello / # {content}")],
        "comment": null,
        "compressed_size": image.layer_size,
        "created_datetime": mail_date(BUILT),
        "index": 0,
        "is_remote": false,
        "urls": null,
    });
    let digest = digest(&data);
    let mut security = image.security.clone();
    if let Some(name) = security.pointer_mut("/data/Layer/Name") {
        *name = digest.as_str().into();
    }
    let manifest = Manifest {
        media_type: MANIFEST.to_owned(),
        data,
        config_media_type: Some(CONFIG.to_owned()),
        layers: Some(vec![shown]),
        size: image.layer_size,
        config_size: image.config_size,
        children: Vec::new(),
        labels: labels(image),
        security,
        pulls: 0,
        last_pull: None,
    };
    manifests.push((digest.clone(), manifest));
    digest
}

fn index(image: &Image, children: &[(String, &String)], manifests: &mut Vec<(String, Manifest)>) -> String {
    let entries: Vec<Value> = children
        .iter()
        .map(|(digest, platform)| {
            json!({
                "mediaType": MANIFEST,
                "digest": digest,
                "size": 476,
                "platform": { "architecture": platform, "os": "linux" },
            })
        })
        .collect();
    let data = pretty(&json!({ "schemaVersion": 2, "mediaType": INDEX, "manifests": entries }));
    let digest = digest(&data);
    let manifest = Manifest {
        media_type: INDEX.to_owned(),
        data,
        config_media_type: None,
        layers: None,
        size: 0,
        config_size: 0,
        children: children.iter().map(|(digest, _)| digest.clone()).collect(),
        labels: labels(image),
        // The scanner never looks at an index.
        security: json!({ "data": null, "status": "unsupported" }),
        pulls: 0,
        last_pull: None,
    };
    manifests.push((digest.clone(), manifest));
    digest
}

/// Counts a pull of a tag.
pub(crate) fn pull(state: &mut State, path: &str, tag: &str) {
    let (namespace, name) = path.split_once('/').unwrap_or(("", path));
    let now = now();
    let Some(repository) = state.repository_mut(namespace, name) else {
        return;
    };
    let Some(tag) = repository.tags.iter_mut().rev().find(|found| found.name == tag && found.is_active(now)) else {
        return;
    };
    tag.pulls += 1;
    tag.last_pull = Some(now);
    let entry = LogEntry::of_client("pull_repo", namespace, name, "admin", Ok(&tag.name));
    if let Some(manifest) = repository.manifests.get_mut(&tag.digest) {
        manifest.pulls += 1;
        manifest.last_pull = Some(now);
    }
    state.log(entry);
}
