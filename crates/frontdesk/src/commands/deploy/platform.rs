//! The platforms: which files each has, where they go, and what is filled in. The texts are those of `deploy/`.

use super::settings::{Database, IMAGE, Settings, own_image, split_image};
use crate::commands::files::Sheet;
use clap::ValueEnum;
use std::fmt;

/// Where a deployment may run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Platform {
    /// An image with your configuration
    Docker,
    /// Several servers, Postgres, Valkey and a proxy on one machine
    Compose,
    /// A Helm chart and its values
    Kubernetes,
    /// railway.json and a Dockerfile
    Railway,
    /// fly.toml
    Fly,
    /// A Blueprint, render.yaml
    Render,
    /// A service of a Linux machine
    Systemd,
}

/// The domain of the texts.
const DOMAIN: &str = "desk.example";

/// A file: where it goes, and its text.
type Text = (&'static str, &'static str);

macro_rules! texts {
    ($($to:literal = $from:literal),* $(,)?) => {
        &[$(($to, include_str!(concat!("../../../../../deploy/", $from)))),*]
    };
}

const DOCKER: &[Text] = texts! {
    "Dockerfile" = "docker/Dockerfile",
    ".dockerignore" = "docker/dockerignore",
    "frontdesk.yaml" = "docker/frontdesk.yaml",
};
const COMPOSE: &[Text] = texts! {
    "compose.yaml" = "compose/compose.yaml",
    "Caddyfile" = "compose/Caddyfile",
};
const KUBERNETES: &[Text] = texts! {
    "values.yaml" = "kubernetes/values.yaml",
    "chart/Chart.yaml" = "kubernetes/chart/Chart.yaml",
    "chart/.helmignore" = "kubernetes/chart/.helmignore",
    "chart/values.yaml" = "kubernetes/chart/values.yaml",
    "chart/values.schema.json" = "kubernetes/chart/values.schema.json",
    "chart/templates/_names.tpl" = "kubernetes/chart/templates/_names.tpl",
    "chart/templates/NOTES.txt" = "kubernetes/chart/templates/NOTES.txt",
    "chart/templates/autoscaler.yaml" = "kubernetes/chart/templates/autoscaler.yaml",
    "chart/templates/configmap.yaml" = "kubernetes/chart/templates/configmap.yaml",
    "chart/templates/deployment.yaml" = "kubernetes/chart/templates/deployment.yaml",
    "chart/templates/disruption.yaml" = "kubernetes/chart/templates/disruption.yaml",
    "chart/templates/ingress.yaml" = "kubernetes/chart/templates/ingress.yaml",
    "chart/templates/network.yaml" = "kubernetes/chart/templates/network.yaml",
    "chart/templates/service.yaml" = "kubernetes/chart/templates/service.yaml",
};
const RAILWAY: &[Text] = texts! {
    "railway.json" = "railway/railway.json",
    "Dockerfile" = "railway/Dockerfile",
};
const FLY: &[Text] = texts! { "fly.toml" = "fly/fly.toml" };
const RENDER: &[Text] = texts! { "render.yaml" = "render/render.yaml" };
const SYSTEMD: &[Text] = texts! {
    "frontdesk.service" = "systemd/frontdesk.service",
    "frontdesk.yaml" = "systemd/frontdesk.yaml",
};

impl fmt::Display for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// All names, with commas.
pub(super) fn names() -> String {
    let names: Vec<&str> = Platform::all().map(Platform::word).collect();
    names.join(", ")
}

impl Platform {
    /// All of them.
    pub(super) fn all() -> impl Iterator<Item = Self> {
        Self::value_variants().iter().copied()
    }

    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Docker => "docker",
            Self::Compose => "compose",
            Self::Kubernetes => "kubernetes",
            Self::Railway => "railway",
            Self::Fly => "fly",
            Self::Render => "render",
            Self::Systemd => "systemd",
        }
    }

    /// Which databases it can have, the usual one first.
    pub(super) fn databases(self) -> &'static [Database] {
        match self {
            Self::Compose | Self::Render => &[Database::Bundled, Database::External],
            Self::Kubernetes | Self::Railway | Self::Fly => &[Database::External],
            Self::Docker | Self::Systemd => &[Database::Sqlite, Database::External],
        }
    }

    /// How many servers its files can have.
    pub(super) fn most(self) -> u16 {
        match self {
            // As many ports as compose.yaml gives them.
            Self::Compose => 10,
            Self::Docker | Self::Systemd => 1,
            Self::Kubernetes | Self::Railway | Self::Fly | Self::Render => 200,
        }
    }

    /// The name that an app has there by itself.
    pub(super) fn domain(self, name: &str) -> String {
        match self {
            Self::Fly => format!("{name}.fly.dev"),
            Self::Render => format!("{name}.onrender.com"),
            Self::Railway => format!("{name}.up.railway.app"),
            Self::Docker | Self::Compose | Self::Kubernetes | Self::Systemd => "localhost".into(),
        }
    }

    fn texts(self) -> &'static [Text] {
        match self {
            Self::Docker => DOCKER,
            Self::Compose => COMPOSE,
            Self::Kubernetes => KUBERNETES,
            Self::Railway => RAILWAY,
            Self::Fly => FLY,
            Self::Render => RENDER,
            Self::Systemd => SYSTEMD,
        }
    }

    /// Its files, filled in.
    pub(super) fn sheets(self, settings: &Settings) -> Vec<Sheet> {
        let blanks = self.blanks(settings);
        let fill = |(path, text): &Text| {
            // A chart is for all; what is one deployment's is in its values.
            if path.starts_with("chart/") {
                return Sheet::new(*path, *text);
            }
            let filled = blanks.iter().fold((*text).to_owned(), |text, (old, new)| {
                text.replace(old, new)
            });
            Sheet::new(*path, outside(self, settings.database, filled))
        };
        self.texts().iter().map(fill).collect()
    }

    /// What stands in its texts, and what goes there.
    fn blanks(self, settings: &Settings) -> Vec<(String, String)> {
        let replicas = settings.replicas;
        let name = &settings.name;
        let mut blanks = vec![(DOMAIN.to_owned(), settings.domain.clone())];
        if self == Self::Kubernetes {
            let (image, tag) = split_image(&settings.image).unwrap_or((&settings.image, "latest"));
            blanks.push((
                format!("repository: {IMAGE}"),
                format!("repository: {image}"),
            ));
            let usual = env!("CARGO_PKG_VERSION");
            blanks.push((format!("tag: \"{usual}\""), format!("tag: \"{tag}\"")));
        } else if self != Self::Systemd {
            blanks.push((own_image(), settings.image.clone()));
        }
        let mut blank = |old: &str, new: String| blanks.push((old.to_owned(), new));
        match self {
            Self::Docker | Self::Systemd => {}
            Self::Compose => {
                blank("name: frontdesk\n", format!("name: {name}\n"));
                blank("replicas: 2", format!("replicas: {replicas}"));
            }
            Self::Kubernetes => blank("replicaCount: 2", format!("replicaCount: {replicas}")),
            Self::Railway => blank("\"numReplicas\": 2", format!("\"numReplicas\": {replicas}")),
            Self::Fly => {
                blank("app = \"frontdesk\"", format!("app = \"{name}\""));
                let machines = format!("min_machines_running = {replicas}");
                blank("min_machines_running = 2", machines);
                let region = settings.region.as_deref().unwrap_or("iad");
                blank("\"iad\"", format!("\"{region}\""));
            }
            Self::Render => {
                blank("name: frontdesk\n", format!("name: {name}\n"));
                blank("frontdesk-valkey", format!("{name}-valkey"));
                blank("frontdesk-database", format!("{name}-database"));
                blank("numInstances: 2", format!("numInstances: {replicas}"));
                let region = settings.region.as_deref().unwrap_or("oregon");
                blank("region: oregon", format!("region: {region}"));
            }
        }
        blanks
    }

    /// What remains to be done by hand.
    pub(super) fn next(self, settings: &Settings) -> String {
        let Settings { replicas, name, .. } = settings;
        let secrets = "FRONTDESK_KEYS (k1: and 32 random bytes in Base64, `openssl rand -base64 32`; keep a copy)";
        match self {
            Self::Docker => format!(
                "docker build --tag {name} .\ndocker run --detach --name {name} --publish 127.0.0.1:8787:8787 --volume \
                 {name}:/state --read-only {name}\nDatabase and keys are in the volume; FRONTDESK_DATABASE_FILE names \
                 a file with another database."
            ),
            Self::Compose => "docker compose --profile proxy up --detach --wait".into(),
            Self::Kubernetes => "Make the Secret `frontdesk` with the entries database-url and keys (k1: and 32 random \
                                 bytes in Base64), then\nhelm upgrade --install frontdesk ./chart --values values.yaml"
                .into(),
            Self::Railway => format!(
                "Set these variables of the service: PORT=8787, FRONTDESK_DATABASE=${{{{Postgres.DATABASE_URL}}}}, \
                 {secrets}; then\nrailway up"
            ),
            Self::Fly => format!(
                "Set the secrets FRONTDESK_DATABASE (a postgres:// URL) and {secrets}\nwith `fly secrets set`; then\n\
                 fly deploy && fly scale count {replicas}"
            ),
            Self::Render => format!(
                "Commit render.yaml and sync it as a Blueprint; Render asks for {secrets}."
            ),
            Self::Systemd => "Copy frontdesk.service to /etc/systemd/system and frontdesk.yaml to /etc/frontdesk, then\n\
                              systemctl daemon-reload && systemctl enable --now frontdesk"
                .into(),
        }
    }
}

/// Leaves a platform's own database out, where there is another.
fn outside(platform: Platform, database: Database, text: String) -> String {
    if database != Database::External {
        return text;
    }
    match platform {
        // The service and its volume, who waits for it, and its password.
        Platform::Compose => ["  postgres:", "      postgres:", "  postgres_password:"]
            .iter()
            .fold(text, |text, head| without(&text, head)),
        Platform::Render => {
            let text = without(&text, "databases:");
            text.replace(&render_database(&text), "        sync: false\n")
        }
        _ => text,
    }
}

/// The lines by which render.yaml takes the address of its own database.
fn render_database(text: &str) -> String {
    let lines = text
        .lines()
        .skip_while(|line| *line != "        fromDatabase:");
    let taken: Vec<&str> = lines.take(3).collect();
    taken.join(
        "
",
    ) + "
"
}

/// A text of YAML without the entries that begin so: their line and what is indented deeper.
fn without(text: &str, head: &str) -> String {
    let depth = |line: &str| line.len() - line.trim_start().len();
    let mut inside = None;
    let mut kept = String::new();
    for line in text.lines() {
        if inside.is_some_and(|own| !line.is_empty() && depth(line) <= own) {
            inside = None;
        }
        if inside.is_none() && line.starts_with(head) {
            inside = Some(depth(line));
        }
        if inside.is_none() {
            kept.push_str(line);
            kept.push('\n');
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{fs, path::Path};

    fn other(platform: Platform) -> Settings {
        Settings {
            domain: "inbox.shop.example".into(),
            replicas: if platform.most() == 1 { 1 } else { 7 },
            database: platform.databases()[0],
            name: "shopdesk".into(),
            region: Some("fra".into()),
            image: "registry.example/desk:9.9.9".into(),
        }
    }

    #[test]
    fn every_blank_is_in_the_texts_and_none_remains() {
        for platform in Platform::all() {
            let settings = other(platform);
            let texts: String = platform.texts().iter().map(|(_, text)| *text).collect();
            for (old, _) in platform.blanks(&settings) {
                assert!(texts.contains(&old), "{platform}: {old}");
            }
            for sheet in platform.sheets(&settings) {
                let chart = sheet.path.starts_with("chart/");
                assert!(
                    chart || !sheet.text.contains(DOMAIN),
                    "{platform}: {}",
                    sheet.path
                );
                assert!(
                    chart || !sheet.text.contains(IMAGE),
                    "{platform}: {}",
                    sheet.path
                );
                assert!(!sheet.text.contains('\r'), "{platform}: {}", sheet.path);
            }
        }
    }

    #[test]
    fn every_file_of_the_folder_is_one_that_is_written() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy");
        let mut known: Vec<&str> = Platform::all()
            .flat_map(|platform| platform.texts().iter().map(|(_, text)| *text))
            .collect();
        known.sort_unstable();
        let mut folders = vec![folder.clone()];
        while let Some(next) = folders.pop() {
            for entry in fs::read_dir(&next).unwrap() {
                let path = entry.unwrap().path();
                let name = path.file_name().unwrap().to_str().unwrap();
                if path.is_dir() && name != ".venv" {
                    folders.push(path);
                } else if path.is_file() && next != folder {
                    let text = fs::read_to_string(&path).unwrap().replace("\r\n", "\n");
                    assert!(
                        known.binary_search(&text.as_str()).is_ok(),
                        "{}",
                        path.display()
                    );
                }
            }
        }
    }

    #[test]
    fn another_database_leaves_no_trace_of_the_own_one() {
        for platform in [Platform::Compose, Platform::Render] {
            let settings = Settings {
                database: Database::External,
                ..other(platform)
            };
            let text = &platform.sheets(&settings)[0].text;
            assert!(!text.contains("postgres"), "{text}");
            assert!(!text.contains("fromDatabase"), "{text}");
            assert!(
                text.contains("valkey") && text.contains("FRONTDESK_DATABASE"),
                "{text}"
            );
        }
    }
}
