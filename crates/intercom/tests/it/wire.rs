//! What goes over the wire.

use crate::world::{TOKEN, Upstream, account, answer, client, credential};
use catalog::{ApiVersion, Catalog, Method};
use flate2::{Compression, write::GzEncoder};
use intercom::{Client, ClientConfig, Credential, Error, Request};
use serde_json::json;
use std::io::Write;

#[tokio::test]
async fn a_request_carries_what_intercom_wants() {
    let mut upstream = Upstream::new([answer(200, &[], "{}")]).await;
    upstream.post().await.unwrap();
    upstream.account.version = ApiVersion::V2_11;
    upstream.get().await.unwrap();
    let mut newer = Request::new(Method::Get, "/a%2Fb");
    newer.min_version = ApiVersion::V2_15;
    newer.set_query("email", "a+b@c.d");
    upstream.send(newer).await.unwrap();
    let asked = upstream.asked();
    let lines: Vec<_> = asked
        .iter()
        .map(|asked| (asked.line.as_str(), asked.header("intercom-version")))
        .collect();
    assert_eq!(
        lines,
        [
            ("POST /it", "2.16"),
            ("GET /it", "2.11"),
            ("GET /a%2Fb?email=a%2Bb%40c.d", "2.15")
        ]
    );
    for one in &asked {
        assert_eq!(one.header("authorization"), format!("Bearer {TOKEN}"));
        assert_eq!(
            (one.header("accept"), one.header("accept-encoding")),
            ("application/json", "gzip")
        );
        assert!(one.header("user-agent").starts_with("frontdesk/"));
    }
    assert_eq!(
        (
            asked[0].header("content-type"),
            asked[1].header("content-type")
        ),
        ("application/json", "")
    );
    assert_eq!(asked[0].body, r#"{"note":"customer words"}"#);
}

#[tokio::test]
async fn an_operation_is_asked_for_in_a_version_that_has_it() {
    let mut upstream = Upstream::new([answer(200, &[], "{}")]).await;
    let catalog = Catalog::builtin().unwrap();
    let none = json!({}).as_object().unwrap().clone();
    for (name, account, asked) in [
        ("get_ip_allowlist", ApiVersion::Preview, "2.16"),
        ("get_ip_allowlist", ApiVersion::V2_15, "2.15"),
        ("list_identity_secrets", ApiVersion::V2_16, "Preview"),
        ("list_brands", ApiVersion::V2_11, "2.15"),
        ("list_tags", ApiVersion::V2_11, "2.11"),
    ] {
        upstream.account.version = account;
        let request = Request::build(catalog.operation(name).unwrap(), &none, None).unwrap();
        upstream.send(request).await.unwrap();
        let last = upstream.asked().pop().unwrap();
        assert_eq!(
            last.header("intercom-version"),
            asked,
            "{name} by {account}"
        );
    }
}

#[tokio::test]
async fn a_product_catalog_goes_as_a_file_of_a_form() {
    let upstream = Upstream::new([answer(202, &[], "{}")]).await;
    let catalog = Catalog::builtin().unwrap();
    let upload = catalog.operation("upload_product_catalog").unwrap();
    let args = json!({"connector_id": "7", "catalog": [{"id": "1", "title": "Bell", "url": "https://a.example/1"}]});
    let request = Request::build(upload, args.as_object().unwrap(), None).unwrap();
    upstream.send(request).await.unwrap();
    let asked = upstream.asked().pop().unwrap();
    assert_eq!(asked.line, "POST /ecommerce/connectors/7/catalog");
    let kind = asked.header("content-type");
    let boundary = kind.strip_prefix("multipart/form-data; boundary=").unwrap();
    let body = std::str::from_utf8(&asked.body).unwrap();
    let parts: Vec<_> = body.split(&format!("--{boundary}")).collect();
    assert_eq!((parts.len(), parts[2]), (3, "--\r\n"), "{body}");
    let (head, file) = parts[1].trim().split_once("\r\n\r\n").unwrap();
    assert!(
        head.contains("name=\"catalog\"; filename=\"catalog.json\""),
        "{head}"
    );
    let sent: serde_json::Value = serde_json::from_str(file).unwrap();
    assert_eq!(sent, args["catalog"]);
}

#[tokio::test]
async fn delete_carries_a_json_body() {
    let upstream = Upstream::new([answer(200, &[], r#"{"deleted": true}"#)]).await;
    let response = upstream
        .send(Request::new(Method::Delete, "/tags/1").with_body(json!({"id": "1"})))
        .await
        .unwrap();
    assert_eq!(response.body, json!({"deleted": true}));
    let asked = &upstream.asked()[0];
    assert_eq!(
        (asked.line.as_str(), asked.body.as_ref()),
        ("DELETE /tags/1", br#"{"id":"1"}"#.as_slice())
    );
}

#[tokio::test]
async fn files_are_asked_for_as_files() {
    let upstream = Upstream::new([answer(
        200,
        &[("content-type", "application/octet-stream")],
        "\u{1}bytes",
    )])
    .await;
    let catalog = Catalog::builtin().unwrap();
    let operation = catalog
        .operation("download_content_export")
        .expect("the catalog has the download");
    let args = json!({"job_identifier": "j1"});
    let request = Request::build(operation, args.as_object().unwrap(), None).unwrap();
    let response = upstream.send(request).await.unwrap();
    let payload = response.payload.as_ref().unwrap();
    assert_eq!(
        (payload.content_type.as_str(), payload.bytes.as_ref()),
        ("application/octet-stream", b"\x01bytes".as_slice())
    );
    assert_eq!(
        upstream.asked()[0].header("accept"),
        "application/octet-stream"
    );
}

#[tokio::test]
async fn gzip_is_undone() {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(br#"{"name": "Ana"}"#).unwrap();
    let mut packed = answer(200, &[("content-encoding", "gzip")], "packed");
    packed.2 = encoder.finish().unwrap();
    let upstream = Upstream::new([packed]).await;
    assert_eq!(upstream.get().await.unwrap().body, json!({"name": "Ana"}));
}

#[tokio::test]
async fn a_gzip_bomb_hits_the_cap() {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(&vec![b' '; 10_000_000]).unwrap();
    let mut packed = answer(200, &[("content-encoding", "gzip")], "packed");
    packed.2 = encoder.finish().unwrap();
    assert!(packed.2.len() < 20_000);
    let upstream = Upstream::new([packed]).await;
    let error = upstream.get().await.unwrap_err();
    assert!(
        matches!(error, Error::TooLarge { limit: 100_000, .. }),
        "{error:?}"
    );
}

#[tokio::test]
async fn a_redirect_is_an_answer_and_the_token_stays() {
    let elsewhere = Upstream::new([answer(200, &[], "{}")]).await;
    let target = format!("{}/signed?key=1", elsewhere.account.base);
    for status in [301, 302, 303, 307, 308] {
        let upstream = Upstream::new([answer(status, &[("location", &target)], "")]).await;
        let response = upstream.get().await.unwrap();
        assert_eq!(
            (response.status, response.location.as_deref()),
            (status, Some(target.as_str()))
        );
        assert_eq!(upstream.post().await.unwrap().status, status);
    }
    assert!(elsewhere.asked().is_empty());
}

#[tokio::test]
async fn one_connection_serves_many_calls() {
    let upstream = Upstream::new([
        answer(200, &[], "{}"),
        answer(204, &[], ""),
        answer(404, &[], r#"{"errors": []}"#),
        answer(200, &[], "[1]"),
    ])
    .await;
    let client = client();
    let mut statuses = Vec::new();
    for _ in 0..4 {
        let result = client
            .send(
                &upstream.account,
                &credential(),
                Request::new(Method::Get, "/it"),
            )
            .await;
        statuses
            .push(result.map_or_else(|error| error.status().unwrap(), |response| response.status));
    }
    assert_eq!(statuses, [200, 204, 404, 200]);
}

#[tokio::test]
async fn a_text_that_is_no_token_never_leaves() {
    let upstream = Upstream::new([answer(200, &[], "{}")]).await;
    let request = Request::new(Method::Get, "/it");
    let error = client()
        .send(
            &upstream.account,
            &Credential::new("two words".into()),
            request,
        )
        .await
        .unwrap_err();
    assert!(matches!(error, Error::BadToken(_)), "{error:?}");
    assert!(upstream.asked().is_empty());
}

#[tokio::test]
async fn a_set_up_that_cannot_work_is_an_error() {
    let client = Client::new(ClientConfig {
        user_agent: "line\nbreak".into(),
        ..ClientConfig::default()
    });
    let error = client
        .send(
            &account("http://127.0.0.1:1"),
            &credential(),
            Request::new(Method::Get, "/"),
        )
        .await
        .unwrap_err();
    assert!(matches!(error, Error::Setup(_)), "{error:?}");
    assert!(matches!(client.warm_up(), Err(Error::Setup(_))));
}
