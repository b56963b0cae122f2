//! What a server tells of itself: metrics for who asks, spans and metrics for the collector that is named.

use crate::house::{House, failed};
use axum::{Router, body::Bytes, extract::State, routing::post};
use frontdesk::telemetry::OtelSettings;
use gateway::{EndpointId, Principal, TenantId, ToolRequest, TraceContext};
use serde_json::{Value, json};
use std::net::SocketAddr;
use tokio::{net::TcpListener, sync::mpsc};

#[tokio::test]
async fn metrics_are_told_to_who_has_their_token() {
    let house = House::set(|config| {
        config.metrics_token = Some("a-metrics-token".into());
        config.metrics_listen = Some(([127, 0, 0, 1], 0).into());
    })
    .await;
    let token = house.furnished_for("acme").await;
    assert_eq!(house.call(None, Some(&token), "get_me").await.0, 200);
    assert!(failed(
        &house
            .call(None, Some(&token), "create_or_update_tag")
            .await
            .1
    ));
    assert_eq!(house.get("/metrics").await.0, 401);
    let read = async |addr: SocketAddr, bearer: &str| {
        let request = house.http.get(format!("http://{addr}/metrics"));
        let answer = request.bearer_auth(bearer).send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    };
    assert_eq!(read(house.server.addr, &token).await.0, 401);
    let (status, page) = read(house.server.addr, "a-metrics-token").await;
    assert_eq!(status, 200);
    for line in [
        "frontdesk_calls_total{risk=\"read\",outcome=\"ok\"} 2",
        "frontdesk_upstream_requests_total{status=\"2xx\"} ",
        "mcp_server_operation_duration_seconds_count{mcp_method_name=\"tools/call\",frontdesk_risk=\"read\"} 2",
        "frontdesk_connections{state=\"active\"} 1",
        "frontdesk_connections{state=\"quarantined\"} 0",
        "frontdesk_audit_recordable 1",
        "frontdesk_ready 1",
        "frontdesk_store_duration_seconds_bucket{operation=\"write\",le=\"+Inf\"} ",
        "frontdesk_budget_left ",
    ] {
        assert!(page.contains(line), "{line} is not in\n{page}");
    }
    for word in ["acme", "get_me", token.as_str()] {
        assert!(!page.contains(word), "`{word}` makes a series");
    }
    let own = house.server.metrics_addr.unwrap();
    let answer = house
        .http
        .get(format!("http://{own}/metrics"))
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 200);
    let none = House::new().await;
    assert_eq!(none.get("/metrics").await.0, 404);
}

type Tell = mpsc::UnboundedSender<(String, Value)>;

/// A collector: what came to which path.
async fn collector() -> (String, mpsc::UnboundedReceiver<(String, Value)>) {
    let (tell, told) = mpsc::unbounded_channel();
    let router = Router::new()
        .route(
            "/v1/{signal}",
            post(
                async |State(tell): State<Tell>, uri: axum::http::Uri, body: Bytes| {
                    let body = serde_json::from_slice(&body).unwrap();
                    // A test that has seen enough no longer listens.
                    let _ = tell.send((uri.path().to_owned(), body));
                },
            ),
        )
        .with_state(tell);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async { axum::serve(listener, router).await });
    (url, told)
}

const CALLER: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

/// A house that tells that collector.
async fn told_to(url: &str) -> House {
    let variables = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", url),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/json"),
        ("OTEL_METRIC_EXPORT_INTERVAL", "50"),
        ("OTEL_BSP_SCHEDULE_DELAY", "1"),
        ("OTEL_SERVICE_NAME", "desk-of-the-tests"),
    ];
    let lookup = |name: &str| {
        let found = variables.iter().find(|(key, _)| *key == name);
        found.map(|(_, value)| (*value).to_owned())
    };
    House::set(|config| config.otel = OtelSettings::read(&lookup).unwrap()).await
}

/// A call without a trace, one under a caller's, and one of no tool.
async fn three_calls(house: &House) {
    let token = house.furnished_for("acme").await;
    assert_eq!(house.call(None, Some(&token), "get_me").await.0, 200);
    let scope = house.tenants.store().scope("acme").unwrap();
    let who = Principal {
        tenant: TenantId::new("acme"),
        user: None,
        endpoint: EndpointId::new(&scope.endpoints("", 1).await.unwrap()[0].id),
        narrowed: None,
    };
    let gateway = house.tenants.gateway();
    let mut request = ToolRequest::new("list_tags", serde_json::Map::new());
    request.trace = TraceContext::parse(CALLER);
    gateway.call(&who, request).await.unwrap();
    let request = ToolRequest::new("a secret that is no tool", serde_json::Map::new());
    gateway.call(&who, request).await.unwrap_err();
}

#[tokio::test]
async fn spans_and_metrics_go_to_the_collector_that_is_named() {
    let (url, mut told) = collector().await;
    let house = told_to(&url).await;
    three_calls(&house).await;
    let (mut spans, mut counted) = (Vec::new(), None);
    // The first one is of the trial at connecting.
    while spans.len() < 4 || counted.is_none() {
        let (path, body) = told.recv().await.unwrap();
        if path == "/v1/traces" {
            let all = &body["resourceSpans"][0];
            assert!(all["resource"].to_string().contains("desk-of-the-tests"));
            spans.extend(all["scopeSpans"][0]["spans"].as_array().unwrap().clone());
        } else {
            let metrics = &body["resourceMetrics"][0]["scopeMetrics"][0]["metrics"];
            let mut metrics = metrics.as_array().unwrap().iter();
            counted = metrics
                .find(|one| one["name"] == "frontdesk.calls")
                .cloned();
        }
    }
    let spans = &spans[1..];
    let names: Vec<&str> = spans
        .iter()
        .map(|span| span["name"].as_str().unwrap())
        .collect();
    let expected = [
        "tools/call get_me",
        "tools/call list_tags",
        "tools/call unknown",
    ];
    assert_eq!(names, expected);
    assert_eq!(spans[1]["traceId"], CALLER[3..35]);
    assert_eq!(spans[1]["parentSpanId"], CALLER[36..52]);
    assert_eq!(spans[0]["parentSpanId"], Value::Null);
    assert_eq!(spans[2]["status"], json!({"code": 2}));
    assert_eq!(counted.unwrap()["sum"]["isMonotonic"], true);
}
