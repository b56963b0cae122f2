//! What is published with a release says the workspace's version, and only what is true of the program.

use serde_json::Value;

/// The name in the official MCP registry, which the container image has to repeat.
const NAME: &str = "io.github.frontdesk-dev/frontdesk";
/// The label by which the registry knows that an image belongs to the name.
const LABEL: &str = "io.modelcontextprotocol.server.name";
/// The registry shows no longer descriptions.
const LONGEST_DESCRIPTION: usize = 100;

/// The files that are published, and those that they must agree with.
pub(super) struct Published<'a> {
    /// server.json
    pub(super) server: &'a str,
    /// The bundle's manifest.
    pub(super) manifest: &'a str,
    /// docs/config.md, which names every variable.
    pub(super) settings: &'a str,
    /// The container's recipe.
    pub(super) dockerfile: &'a str,
}

/// The JSON text with this version in the places of its own; everything else stays as it is written.
pub(super) fn stamp(text: &str, version: &str) -> Result<String, String> {
    let json: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let own = json["version"].as_str().ok_or("has no version")?;
    let places = [["\"", "\""], ["/v", "/"], [":", "\""]];
    Ok(places
        .iter()
        .fold(text.to_owned(), |text, [before, after]| {
            let old = format!("{before}{own}{after}");
            text.replace(&old, &format!("{before}{version}{after}"))
        }))
}

/// What the published files say wrongly.
pub(super) fn faults(published: &Published<'_>) -> Result<Vec<String>, String> {
    let parse = |text: &str| serde_json::from_str::<Value>(text).map_err(|error| error.to_string());
    let (server, manifest) = (parse(published.server)?, parse(published.manifest)?);
    let mut faults = about(&server);
    for package in server["packages"].as_array().into_iter().flatten() {
        faults.extend(package_faults(package, &server));
    }
    let manifest_env = manifest["server"]["mcp_config"]["env"].as_object();
    let named = manifest_env
        .into_iter()
        .flat_map(|env| env.keys().map(String::as_str));
    faults.extend(
        named
            .chain(variables(&server))
            .filter(|name| !published.settings.contains(&format!("`{name}`")))
            .map(|name| format!("docs/config.md has no variable {name}, which is published")),
    );
    let token = &manifest["user_config"]["access_token"];
    if token["sensitive"] != true || token["required"] != true {
        faults.push(
            "packaging/mcpb/manifest.json: the access token must be sensitive and required".into(),
        );
    }
    if !published
        .dockerfile
        .contains(&format!("{LABEL}=\"{NAME}\""))
    {
        faults.push(format!("Dockerfile: lacks the label {LABEL}=\"{NAME}\""));
    }
    faults.sort_unstable();
    faults.dedup();
    Ok(faults)
}

fn about(server: &Value) -> Vec<String> {
    let mut faults = Vec::new();
    if server["name"] != NAME {
        faults.push(format!("server.json: the name is {NAME}"));
    }
    let description = server["description"].as_str().unwrap_or_default();
    if !(1..=LONGEST_DESCRIPTION).contains(&description.chars().count()) {
        faults.push(format!(
            "server.json: a description has 1 to {LONGEST_DESCRIPTION} characters"
        ));
    }
    if server["packages"].as_array().is_none_or(Vec::is_empty) {
        faults.push("server.json: has no packages".into());
    }
    faults
}

fn package_faults(package: &Value, server: &Value) -> Vec<String> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let (identifier, version) = (text(&package["identifier"]), text(&server["version"]));
    let mut faults = Vec::new();
    match package["registryType"].as_str() {
        Some("mcpb") => {
            let release = format!(
                "{}/releases/download/v{version}/",
                text(&server["repository"]["url"])
            );
            if !identifier.starts_with(&release) || identifier.strip_suffix(".mcpb").is_none() {
                faults.push(format!("is no bundle under {release}"));
            }
            if package["version"] != server["version"] {
                faults.push("has another version than the server".into());
            }
        }
        // An image's version is its tag, and its registry the first part of the identifier.
        Some("oci") => {
            if !identifier.ends_with(&format!(":{version}")) {
                faults.push(format!("is not tagged {version}"));
            }
            if package.get("version").is_some() || package.get("registryBaseUrl").is_some() {
                faults.push("has a version or an address apart from its identifier".into());
            }
        }
        _ => faults.push("is neither mcpb nor oci".into()),
    }
    if package["transport"]["type"] != "stdio" {
        faults.push("speaks stdio".into());
    }
    let token = package["environmentVariables"]
        .as_array()
        .into_iter()
        .flatten()
        .find(|variable| variable["name"] == "INTERCOM_ACCESS_TOKEN");
    if token.is_none_or(|token| token["isSecret"] != true || token["isRequired"] != true) {
        faults.push("needs INTERCOM_ACCESS_TOKEN as a required secret".into());
    }
    faults
        .into_iter()
        .map(|fault| format!("server.json: {identifier}: {fault}"))
        .collect()
}

fn variables(server: &Value) -> impl Iterator<Item = &str> {
    let packages = server["packages"].as_array().into_iter().flatten();
    packages
        .filter_map(|package| package["environmentVariables"].as_array())
        .flatten()
        .filter_map(|variable| variable["name"].as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SERVER: &str = include_str!("../../../server.json");
    const MANIFEST: &str = include_str!("../../../packaging/mcpb/manifest.json");
    const SETTINGS: &str = include_str!("../../../docs/config.md");
    const DOCKERFILE: &str = include_str!("../../../Dockerfile");

    fn found(server: &str, manifest: &str) -> Vec<String> {
        let published = Published {
            server,
            manifest,
            settings: SETTINGS,
            dockerfile: DOCKERFILE,
        };
        faults(&published).unwrap()
    }

    #[test]
    fn what_is_shipped_is_right() {
        assert_eq!(found(SERVER, MANIFEST), Vec::<String>::new());
    }

    #[test]
    fn each_rule_catches_its_breach() {
        for (from, to, told) in [
            (
                "io.github.frontdesk-dev/",
                "io.github.other/",
                "the name is",
            ),
            (
                "\"description\": \"All",
                &format!("\"description\": \"{}", "x".repeat(100)),
                "1 to 100",
            ),
            ("\"packages\"", "\"parcels\"", "no packages"),
            (
                "releases/download/v",
                "releases/download/w",
                "no bundle under",
            ),
            ("frontdesk:", "frontdesk:v", "is not tagged"),
            ("\"mcpb\"", "\"npm\"", "neither mcpb nor oci"),
            ("\"stdio\"\n      }", "\"sse\"\n      }", "speaks stdio"),
            (
                "\"isSecret\": true",
                "\"isSecret\": false",
                "as a required secret",
            ),
            (
                "INTERCOM_REGION",
                "INTERCOM_PLACE",
                "no variable INTERCOM_PLACE",
            ),
        ] {
            let broken = SERVER.replace(from, to);
            assert_ne!(broken, SERVER, "{from} is not in server.json");
            let faults = found(&broken, MANIFEST);
            assert!(
                faults.iter().any(|fault| fault.contains(told)),
                "{told}: {faults:?}"
            );
        }
        let open = MANIFEST.replace("\"sensitive\": true", "\"sensitive\": false");
        assert_eq!(found(SERVER, &open).len(), 1);
    }

    #[test]
    fn a_version_is_stamped_where_it_is_one() {
        let text =
            "{\"version\": \"0.0.1\", \"a\": \"http://127.0.0.1:80/v0.0.1/x\", \"b\": \"i:0.0.1\"}";
        assert_eq!(
            stamp(text, "1.2.0").unwrap(),
            "{\"version\": \"1.2.0\", \"a\": \"http://127.0.0.1:80/v1.2.0/x\", \"b\": \"i:1.2.0\"}"
        );
        assert!(stamp("{}", "1.2.0").unwrap_err().contains("no version"));
        assert!(stamp("[", "1.2.0").is_err());
    }
}
