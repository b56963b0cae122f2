//! The files of deployments: filled in, kept, checked.

use super::{bad, files, folder, good, run};
use std::{fmt::Write as _, fs, path::Path};

const PLATFORMS: [&str; 7] = [
    "docker",
    "compose",
    "kubernetes",
    "railway",
    "fly",
    "render",
    "systemd",
];

fn change(path: &Path, old: &str, new: &str) {
    let text = fs::read_to_string(path).unwrap();
    assert!(text.contains(old), "{}: {old}", path.display());
    fs::write(path, text.replace(old, new)).unwrap();
}

#[tokio::test]
async fn what_is_filled_in_is_what_was_told_and_the_check_finds_it_good() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy");
    let mut report = String::new();
    for platform in PLATFORMS {
        let place = folder();
        let mut words = vec![
            "deploy",
            "--platform",
            platform,
            "--domain",
            "inbox.shop.example",
        ];
        words.extend([
            "--name",
            "shopdesk",
            "--image",
            "registry.example/desk:9.9.9",
        ]);
        if !["docker", "systemd"].contains(&platform) {
            words.extend(["--replicas", "5"]);
        }
        good(&place, &words).await;
        for (name, text) in files(&place) {
            assert!(!text.contains('\r'), "{platform}: {name}");
            let origin = source.join(platform).join(name.trim_start_matches('.'));
            let Ok(origin) = fs::read_to_string(origin) else {
                let _ = writeln!(report, "{platform}: {name} is made");
                continue;
            };
            let new = text
                .lines()
                .filter(|line| !origin.lines().any(|old| old == *line));
            for line in new {
                let _ = writeln!(report, "{platform}: {name}: {}", line.trim());
            }
        }
        let said = good(&place, &["deploy", "--check"]).await;
        assert!(said.contains("a server would start"), "{said}");
    }
    insta::assert_snapshot!("deploy_filled_in", report);
}

#[tokio::test]
async fn nothing_is_written_over_unless_it_is_forced() {
    let place = folder();
    let words = ["deploy", "--platform", "compose", "--domain", "a.example"];
    good(&place, &words).await;
    let first = files(&place);
    let again = good(&place, &words).await;
    assert!(again.contains("Everything is there already"), "{again}");
    let other = ["deploy", "--platform", "compose", "--domain", "b.example"];
    let refused = bad(&place, &other).await;
    assert!(
        refused.contains("compose.yaml") && refused.contains("--force"),
        "{refused}"
    );
    assert_eq!(files(&place), first);
    good(&place, &[&other[..], &["--force"]].concat()).await;
    let forced = files(&place);
    assert!(forced["Caddyfile"].contains("b.example"));
    for (name, text) in forced
        .iter()
        .filter(|(name, _)| name.starts_with("secrets/"))
    {
        assert_eq!(*text, first[name], "{name}");
    }
    // One file that is somebody's own stops all of them.
    let mixed = folder();
    fs::write(mixed.join("Caddyfile"), "mine\n").unwrap();
    let refused = bad(&mixed, &words).await;
    assert!(
        refused.contains("Caddyfile") && !refused.contains("compose.yaml"),
        "{refused}"
    );
    assert_eq!(files(&mixed).len(), 1);
}

/// Words, and why they are refused.
const REFUSED: &str = "
deploy | --platform is missing: one of docker, compose
deploy --check | no deployment was written to
deploy --platform compose --domain https://a.example | small letters
deploy --platform fly --database postgres://u:p@h/d | say `external`
deploy --platform fly --database sqlite | which takes: external
deploy --platform systemd --replicas 2 | a database that they share
deploy --platform compose --region fra | --region is not for compose
";

#[tokio::test]
async fn what_does_not_go_together_is_refused_with_its_reason() {
    for row in REFUSED.trim().lines() {
        let (words, reason) = row.split_once(" | ").unwrap();
        let words: Vec<&str> = words.split(' ').collect();
        let place = folder();
        let said = bad(&place, &words).await;
        assert!(said.contains(reason), "{row}: {said}");
        assert!(!said.contains("u:p@h"), "{said}");
        assert!(files(&place).is_empty(), "{row}");
    }
}

/// Platform, file, what stands there, what somebody makes of it, what the check says.
const CHANGES: &str = r#"
compose | compose.yaml | restart: unless | restart: "no" # unless | note   compose.yaml was changed
compose | compose.yaml | services: | services: [ | FAULT  compose.yaml:
compose | compose.yaml | frontdesk: | backdesk: | there is no service `frontdesk`
compose | compose.yaml | 0.0.0.0:8787 | 127.0.0.1:8787 | nobody outside its container reaches
compose | compose.yaml | HOSTS: a.example | HOSTS: b.example | a.example is the public URL, but
compose | compose.yaml | FORMAT: json | FORMAT: xml | FRONTDESK_LOG_FORMAT: `xml` is none of
compose | compose.yaml | LOG_FORMAT: json | TOOLSETS: inbocks | there is no toolset `inbocks`
compose | compose.yaml | LOG_FORMAT: json | KEYS: k1:abcd | FRONTDESK_KEYS stands in a file
compose | secrets/keys | k1: | k1; | FRONTDESK_KEYS, key 1
compose | secrets/database_url | postgres:// | ./ | cannot share a database that is a file
compose | frontdesk-deploy.compose.json | "a.example | "c.example | writes it otherwise
compose | frontdesk-deploy.compose.json | "replicas": 2 | "replicas": 99 | at most 10
compose | frontdesk-deploy.compose.json | { | | --force
systemd | frontdesk.yaml | listen: | lissen: | there is no setting `server.lissen`
docker | frontdesk.yaml | format: json | format: [ | frontdesk.yaml
kubernetes | values.yaml | format: json | fromat: json | `log.fromat`
fly | fly.toml | = "json" | = json | fly.toml:19: this is not NAME
render | render.yaml | type: web | type: worker | no service of type `web`
railway | railway.json | { | | railway.json:
"#;

#[tokio::test]
async fn the_check_tells_what_is_wrong() {
    for row in CHANGES.trim().lines() {
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        let [platform, name, old, new, expected] = cells[..] else {
            panic!("{row}");
        };
        let place = folder();
        let words = ["deploy", "--platform", platform, "--domain", "a.example"];
        good(&place, &words).await;
        change(&place.join(name), old, new);
        let (ended_well, said) = run(&place, &["deploy", "--check"]).await;
        assert!(said.contains(expected), "{row}: {said}");
        assert_eq!(ended_well, expected.starts_with("note"), "{row}: {said}");
        let secret = fs::read_to_string(place.join("secrets/postgres_password"));
        assert!(secret.is_ok_and(|secret| !said.contains(&secret)) || platform != "compose");
    }
    for gone in ["Caddyfile", "secrets/keys"] {
        let place = folder();
        good(&place, &["deploy", "--platform", "compose"]).await;
        fs::remove_file(place.join(gone)).unwrap();
        let said = bad(&place, &["deploy", "--check"]).await;
        let name = gone.rsplit('/').next().unwrap();
        assert!(said.contains("FAULT") && said.contains(name), "{said}");
    }
}

#[tokio::test]
async fn windows_line_ends_are_no_change() {
    let place = folder();
    good(
        &place,
        &["deploy", "--platform", "kubernetes", "--to", "on/the/way"],
    )
    .await;
    for (name, text) in files(&place) {
        fs::write(place.join(name), text.replace('\n', "\r\n")).unwrap();
    }
    let said = good(&place.join("on"), &["deploy", "--check", "--to", "the/way"]).await;
    assert!(!said.contains("changed"), "{said}");
}
