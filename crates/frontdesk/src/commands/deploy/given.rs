//! The settings that a deployment's files give to the server, read out of them.

use super::platform::Platform;
use serde_json::{Map, Value};
use std::{collections::BTreeMap, path::Path};

/// What the server would find.
#[derive(Debug, Default)]
pub(super) struct Given {
    /// Its environment, as far as it stands in the files.
    pub(super) variables: BTreeMap<String, String>,
    /// Settings as (section and name, value), where the files carry them in another form than a file of settings.
    pub(super) settings: Vec<(String, String)>,
    /// The file of settings beside them.
    pub(super) file: Option<&'static str>,
    /// Where those variables stand.
    pub(super) source: &'static str,
}

/// Reads them; an error says which file cannot be read, and why.
pub(super) fn read(platform: Platform, folder: &Path) -> Result<Given, String> {
    match platform {
        Platform::Docker => Ok(Given {
            variables: dockerfile(&text(folder, "Dockerfile")?),
            file: Some("frontdesk.yaml"),
            source: "Dockerfile",
            ..Given::default()
        }),
        Platform::Compose => compose(folder),
        Platform::Kubernetes => kubernetes(folder),
        Platform::Railway => {
            json(folder, "railway.json")?;
            Ok(Given {
                variables: dockerfile(&text(folder, "Dockerfile")?),
                source: "Dockerfile",
                ..Given::default()
            })
        }
        Platform::Fly => fly(&text(folder, "fly.toml")?),
        Platform::Render => render(folder),
        Platform::Systemd => systemd(&text(folder, "frontdesk.service")?),
    }
}

fn text(folder: &Path, name: &str) -> Result<String, String> {
    std::fs::read_to_string(folder.join(name)).map_err(|error| format!("{name}: {error}"))
}

fn json(folder: &Path, name: &str) -> Result<Value, String> {
    serde_json::from_str(&text(folder, name)?).map_err(|error| format!("{name}: {error}"))
}

/// A file of YAML as a tree.
pub(super) fn yaml(folder: &Path, name: &str) -> Result<Value, String> {
    serde_saphyr::from_str(&text(folder, name)?).map_err(|error| format!("{name}: {error}"))
}

fn compose(folder: &Path) -> Result<Given, String> {
    let name = "compose.yaml";
    let project = yaml(folder, name)?;
    let service = project
        .pointer("/services/frontdesk")
        .ok_or_else(|| format!("{name}: there is no service `frontdesk`"))?;
    let variables = match service.get("environment") {
        Some(Value::Object(map)) => scalars(map),
        Some(Value::Array(list)) => {
            let pairs = list
                .iter()
                .filter_map(|item| item.as_str()?.split_once('='));
            pairs
                .map(|(name, value)| (name.into(), value.into()))
                .collect()
        }
        _ => BTreeMap::new(),
    };
    Ok(Given {
        variables,
        source: name,
        ..Given::default()
    })
}

fn kubernetes(folder: &Path) -> Result<Given, String> {
    let name = "values.yaml";
    let values = yaml(folder, name)?;
    let domain = values
        .get("domain")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let mut settings = Vec::new();
    for (section, keys) in values
        .get("config")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
    {
        for (key, value) in keys.as_object().into_iter().flatten() {
            settings.push((format!("{section}.{key}"), plain(value)));
        }
    }
    // As the chart has them.
    let variables = [
        ("FRONTDESK_LISTEN", "0.0.0.0:8787".to_owned()),
        ("FRONTDESK_PUBLIC_URL", format!("https://{domain}")),
        ("FRONTDESK_ALLOWED_HOSTS", domain.to_owned()),
    ];
    Ok(Given {
        variables: variables
            .map(|(name, value)| (name.to_owned(), value))
            .into(),
        settings,
        source: name,
        ..Given::default()
    })
}

fn render(folder: &Path) -> Result<Given, String> {
    let name = "render.yaml";
    let blueprint = yaml(folder, name)?;
    let services = blueprint.get("services").and_then(Value::as_array);
    let web = services
        .into_iter()
        .flatten()
        .find(|service| service["type"] == "web")
        .ok_or_else(|| format!("{name}: there is no service of type `web`"))?;
    let mut variables = BTreeMap::new();
    for variable in web
        .get("envVars")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
    {
        if let (Some(key), Some(value)) = (variable["key"].as_str(), variable.get("value")) {
            variables.insert(key.to_owned(), plain(value));
        }
    }
    Ok(Given {
        variables,
        source: name,
        ..Given::default()
    })
}

/// The table `env`, one `NAME = "value"` a line, as it is written.
fn fly(text: &str) -> Result<Given, String> {
    let mut variables = BTreeMap::new();
    let mut inside = false;
    for (number, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.starts_with('[') {
            inside = line == "[env]";
        } else if inside && !line.is_empty() && !line.starts_with('#') {
            let pair = line.split_once('=').and_then(|(name, value)| {
                let value: Value = serde_json::from_str(value.trim()).ok()?;
                Some((name.trim().trim_matches('"').to_owned(), plain(&value)))
            });
            let wrong = || format!("fly.toml:{}: this is not NAME = \"value\"", number + 1);
            let (name, value) = pair.ok_or_else(wrong)?;
            variables.insert(name, value);
        }
    }
    Ok(Given {
        variables,
        source: "fly.toml",
        ..Given::default()
    })
}

fn systemd(text: &str) -> Result<Given, String> {
    let name = "frontdesk.service";
    for needed in ["[Unit]", "[Service]", "[Install]"] {
        if !text.lines().any(|line| line.trim() == needed) {
            return Err(format!("{name}: there is no section {needed}"));
        }
    }
    let lines = text
        .lines()
        .filter_map(|line| line.trim().strip_prefix("Environment="));
    let pairs = lines.filter_map(|line| line.trim_matches('"').split_once('='));
    Ok(Given {
        variables: pairs
            .map(|(name, value)| (name.into(), value.into()))
            .collect(),
        file: Some("frontdesk.yaml"),
        source: name,
        ..Given::default()
    })
}

/// The variables that `ENV` sets.
fn dockerfile(text: &str) -> BTreeMap<String, String> {
    let whole = text.replace("\r\n", "\n").replace("\\\n", " ");
    let lines = whole
        .lines()
        .filter_map(|line| line.trim().strip_prefix("ENV "));
    let words = lines.flat_map(str::split_whitespace);
    let pairs = words.filter_map(|word| word.split_once('='));
    pairs
        .map(|(name, value)| (name.to_owned(), value.trim_matches('"').to_owned()))
        .collect()
}

fn scalars(map: &Map<String, Value>) -> BTreeMap<String, String> {
    map.iter()
        .map(|(name, value)| (name.clone(), plain(value)))
        .collect()
}

/// A scalar as text, a list with commas.
fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(plain).collect();
            items.join(",")
        }
        other => other.to_string(),
    }
}
