//! Key files whose keys a service wraps: fakes of Vault's transit engine and of AWS KMS, after their public documents.
//! With `FRONTDESK_TEST_KMS=http://…` the AWS test also runs against that server (such as moto's).

use crate::vault::{PLACE, key_file};
use axum::{
    Json, Router,
    extract::{Path as Part, State},
    http::{HeaderMap, StatusCode},
    routing::post,
};
use gateway::Keyring;
use gateway::vault::{
    AwsCredentials, AwsKms, AwsKmsConfig, KeyWrapper, Transit, TransitConfig, TransitToken,
    key_service,
};
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use std::{
    collections::HashMap,
    error::Error,
    fs,
    path::Path,
    sync::{Arc, Mutex},
};

/// What was wrapped, and with which context.
type Wrapped = Arc<Mutex<HashMap<String, (Value, Value)>>>;
type Answer = (StatusCode, Json<Value>);

async fn serve(router: Router) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });
    format!("http://{address}")
}

async fn fake_transit() -> String {
    let router = Router::new()
        .route("/v1/transit/{action}/{key}", post(transit_answer))
        .with_state(Wrapped::default());
    serve(router).await
}

async fn transit_answer(
    State(wrapped): State<Wrapped>,
    Part((action, key)): Part<(String, String)>,
    headers: HeaderMap,
    body: String,
) -> Answer {
    let refuse = |status, error: &str| (status, Json(json!({"errors": [error]})));
    if headers
        .get("x-vault-token")
        .is_none_or(|token| token != "bao-token")
    {
        return refuse(StatusCode::FORBIDDEN, "permission denied");
    }
    if key != "frontdesk" {
        return refuse(StatusCode::BAD_REQUEST, "encryption key not found");
    }
    let body: Value = serde_json::from_str(&body).unwrap();
    let mut wrapped = wrapped.lock().unwrap();
    let data = if action == "encrypt" {
        let text = format!("vault:v1:{}", wrapped.len());
        let kept = (body["plaintext"].clone(), body["associated_data"].clone());
        wrapped.insert(text.clone(), kept);
        json!({"ciphertext": text, "key_version": 1})
    } else {
        match wrapped.get(body["ciphertext"].as_str().unwrap()) {
            Some((plain, context)) if *context == body["associated_data"] => {
                json!({"plaintext": plain})
            }
            _ => {
                return refuse(
                    StatusCode::BAD_REQUEST,
                    "cipher: message authentication failed",
                );
            }
        }
    };
    (StatusCode::OK, Json(json!({"data": data})))
}

async fn fake_aws() -> String {
    let router = Router::new()
        .route("/", post(aws_answer))
        .with_state(Wrapped::default());
    serve(router).await
}

async fn aws_answer(State(wrapped): State<Wrapped>, headers: HeaderMap, body: String) -> Answer {
    let refuse = |kind: &str| {
        let body = json!({"__type": kind, "message": "as told"});
        (StatusCode::BAD_REQUEST, Json(body))
    };
    let header = |name: &str| {
        headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    };
    let scope = "/eu-west-1/kms/aws4_request, SignedHeaders=content-type;host;x-amz-date;x-amz-target, Signature=";
    let authorization = header("authorization");
    if !authorization.starts_with("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/")
        || !authorization.contains(scope)
    {
        return refuse("UnrecognizedClientException");
    }
    assert_eq!(header("content-type"), "application/x-amz-json-1.1");
    let body: Value = serde_json::from_str(&body).unwrap();
    if body["KeyId"] != "alias/frontdesk" {
        return refuse("NotFoundException");
    }
    let mut wrapped = wrapped.lock().unwrap();
    let answer = if header("x-amz-target") == "TrentService.Encrypt" {
        let text = format!("blob{:04}", wrapped.len());
        let kept = (body["Plaintext"].clone(), body["EncryptionContext"].clone());
        wrapped.insert(text.clone(), kept);
        json!({"CiphertextBlob": text, "KeyId": "arn"})
    } else {
        match wrapped.get(body["CiphertextBlob"].as_str().unwrap()) {
            Some((plain, context)) if *context == body["EncryptionContext"] => {
                json!({"Plaintext": plain, "KeyId": "arn"})
            }
            _ => return refuse("InvalidCiphertextException"),
        }
    };
    (StatusCode::OK, Json(answer))
}

fn transit(address: &str, key: &str, token: TransitToken) -> Arc<dyn KeyWrapper> {
    let config = TransitConfig {
        address: address.parse().unwrap(),
        mount: "transit".into(),
        key: key.into(),
        namespace: None,
        token,
        plain_http: false,
    };
    Arc::new(Transit::new(config).unwrap())
}

fn aws(endpoint: &str, key: &str, id: &str) -> Arc<dyn KeyWrapper> {
    let config = AwsKmsConfig {
        key: key.into(),
        region: "eu-west-1".into(),
        endpoint: Some(endpoint.parse().unwrap()),
        credentials: AwsCredentials::Fixed {
            access_key_id: id.into(),
            secret: "aws-secret".into(),
            session: None,
        },
    };
    Arc::new(AwsKms::new(config).unwrap())
}

async fn failure(path: &Path, service: Option<Arc<dyn KeyWrapper>>) -> String {
    let error = Keyring::from_file(path, service).await.unwrap_err();
    let cause = error.source().map(ToString::to_string).unwrap_or_default();
    format!("{error}: {cause}")
}

/// What every service must do for a key file.
async fn wraps_a_key_file(service: Arc<dyn KeyWrapper>) {
    let path = key_file();
    let open = || Keyring::from_file(&path, Some(service.clone()));
    let first = open().await.unwrap();
    let sealed = first
        .seal(&PLACE, &"token".to_owned().into())
        .await
        .unwrap();
    first.rotate().await.unwrap();
    let again = open().await.unwrap();
    assert_eq!(again.keys(), first.keys());
    let opened = again.open(&PLACE, &sealed).await.unwrap();
    assert_eq!(opened.expose_secret(), "token");

    let text = fs::read_to_string(&path).unwrap();
    let scheme = format!(" {}:", service.scheme());
    assert_eq!(
        (
            text.matches(&scheme).count(),
            text.matches(" plain:").count()
        ),
        (2, 0)
    );
    let refused = failure(&path, None).await;
    assert!(refused.contains("which is not set up here"), "{refused}");

    let keys: Vec<&str> = text
        .lines()
        .filter_map(|line| line.split(&scheme).nth(1))
        .collect();
    let swapped = text
        .replace(keys[0], "\0")
        .replace(keys[1], keys[0])
        .replace('\0', keys[1]);
    fs::write(&path, swapped).unwrap();
    let refused = failure(&path, Some(service.clone())).await;
    assert!(refused.contains(" did not unwrap the key `"), "{refused}");
}

async fn protects_a_plain_file(service: Arc<dyn KeyWrapper>) {
    let path = key_file();
    let plain = Keyring::from_file(&path, None).await.unwrap();
    let sealed = plain
        .seal(&PLACE, &"token".to_owned().into())
        .await
        .unwrap();
    assert!(plain.protect().await.is_err(), "there is no service");
    let keyring = Keyring::from_file(&path, Some(service.clone()))
        .await
        .unwrap();
    assert_eq!(keyring.protect().await.unwrap(), 1);
    assert!(!fs::read_to_string(&path).unwrap().contains(" plain:"));
    let again = Keyring::from_file(&path, Some(service)).await.unwrap();
    assert!(again.open(&PLACE, &sealed).await.is_ok());
}

#[tokio::test]
async fn transit_wraps_the_key_file() {
    let address = fake_transit().await;
    let fixed = || TransitToken::Fixed("bao-token".into());
    wraps_a_key_file(transit(&address, "frontdesk", fixed())).await;
    protects_a_plain_file(transit(&address, "frontdesk", fixed())).await;

    let file = crate::world::fresh_folder();
    fs::create_dir_all(&file).unwrap();
    let file = file.join("token");
    fs::write(&file, "bao-token\n").unwrap();
    let path = key_file();
    let service = transit(&address, "frontdesk", TransitToken::File(file.clone()));
    Keyring::from_file(&path, Some(service.clone()))
        .await
        .unwrap();
    fs::write(&file, "old-canary\n").unwrap();
    let refused = failure(&path, Some(service)).await;
    assert!(
        refused.ends_with(": it answered 403: permission denied"),
        "{refused}"
    );
    assert!(!refused.contains("canary"), "{refused}");

    let refused = failure(&key_file(), Some(transit(&address, "other", fixed()))).await;
    assert!(
        refused.starts_with("transit did not wrap the key `"),
        "{refused}"
    );
    assert!(
        refused.ends_with("it answered 400: encryption key not found"),
        "{refused}"
    );
}

#[test]
fn keys_do_not_travel_in_the_clear() {
    let config = |plain_http| TransitConfig {
        address: "http://bao.internal:8200".parse().unwrap(),
        mount: "transit".into(),
        key: "frontdesk".into(),
        namespace: None,
        token: TransitToken::Fixed("bao-token".into()),
        plain_http,
    };
    let refused = Transit::new(config(false)).err().unwrap().to_string();
    assert!(refused.contains("is not https"), "{refused}");
    assert!(Transit::new(config(true)).is_ok());
}

#[tokio::test]
async fn aws_wraps_the_key_file() {
    let address = fake_aws().await;
    let service = || aws(&address, "alias/frontdesk", "AKIDEXAMPLE");
    wraps_a_key_file(service()).await;
    protects_a_plain_file(service()).await;
    let refused = failure(
        &key_file(),
        Some(aws(&address, "alias/frontdesk", "AKIDOTHER")),
    )
    .await;
    assert!(
        refused.ends_with("it answered 400: UnrecognizedClientException: as told"),
        "{refused}"
    );
    assert!(!refused.contains("aws-secret"), "{refused}");
    match std::env::var("FRONTDESK_TEST_KMS") {
        Ok(address) => wraps_a_key_file(aws(&address, "alias/frontdesk", "AKIDEXAMPLE")).await,
        Err(_) => println!("skipped: FRONTDESK_TEST_KMS names no other KMS server"),
    }
}

#[tokio::test]
async fn aws_credentials_come_from_the_environment_or_the_container() {
    let from = |pairs: &'static [(&str, &str)]| {
        AwsCredentials::from_env(move |name| {
            let pair = pairs.iter().find(|(one, _)| *one == name);
            pair.map(|(_, value)| (*value).to_owned())
        })
    };
    let keys = from(&[("AWS_ACCESS_KEY_ID", "a"), ("AWS_SECRET_ACCESS_KEY", "b")]).unwrap();
    assert!(matches!(keys, AwsCredentials::Fixed { session: None, .. }));
    let task = from(&[(
        "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
        "/v2/credentials/x",
    )])
    .unwrap();
    let AwsCredentials::Container {
        url,
        token_file: None,
    } = task
    else {
        panic!("not the task's role");
    };
    assert_eq!(url.as_str(), "http://169.254.170.2/v2/credentials/x");
    assert!(
        from(&[])
            .err()
            .unwrap()
            .to_string()
            .starts_with("no AWS credentials")
    );

    let role = json!({"AccessKeyId": "AKIDEXAMPLE", "SecretAccessKey": "s"});
    let router = Router::new().route("/role", axum::routing::get(|| async { Json(role) }));
    let config = AwsKmsConfig {
        key: "alias/frontdesk".into(),
        region: "eu-west-1".into(),
        endpoint: Some(fake_aws().await.parse().unwrap()),
        credentials: AwsCredentials::Container {
            url: format!("{}/role", serve(router).await).parse().unwrap(),
            token_file: None,
        },
    };
    wraps_a_key_file(Arc::new(AwsKms::new(config).unwrap())).await;
}

#[tokio::test]
async fn a_setting_names_the_service() {
    let variables = |pairs: Vec<(&'static str, String)>| {
        move |name: &str| {
            let pair = pairs.iter().find(|(one, _)| *one == name);
            pair.map(|(_, value)| value.clone())
        }
    };
    let transit = fake_transit().await;
    let token = variables(vec![("VAULT_TOKEN", "bao-token".into())]);
    let setting = format!("transit:{transit}/transit/frontdesk");
    wraps_a_key_file(key_service(&setting, &token).unwrap()).await;
    let aws = variables(vec![
        ("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE".into()),
        ("AWS_SECRET_ACCESS_KEY", "aws-secret".into()),
        ("AWS_ENDPOINT_URL_KMS", fake_aws().await),
    ]);
    wraps_a_key_file(key_service("aws-kms:eu-west-1:alias/frontdesk", &aws).unwrap()).await;

    let nothing = |_: &str| None;
    for (setting, expected) in [
        ("gcp:x", "write `aws-kms:REGION:KEY`, or"),
        ("aws-kms:eu-west-1", "write `aws-kms:REGION:KEY`, such as"),
        ("aws-kms:eu-west-1:alias/x", "no AWS credentials"),
        ("transit:bao", "write `transit:ADDRESS/MOUNT/KEY`"),
        (
            "transit:https://bao/frontdesk",
            "write `transit:ADDRESS/MOUNT/KEY`",
        ),
        ("transit:https://bao/transit/frontdesk", "no token"),
    ] {
        let refused = key_service(setting, &nothing).err().unwrap().to_string();
        assert!(refused.contains(expected), "{refused}");
    }
}
