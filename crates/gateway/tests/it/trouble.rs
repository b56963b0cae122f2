//! An upstream that refuses, stalls, hangs up or answers nonsense: one clear error each, and nothing sent twice.

use crate::world::World;
use axum::{
    Json, Router,
    body::{Body, Bytes},
    http::{StatusCode, header::CONTENT_LENGTH},
    response::{Html, IntoResponse, Response},
    routing::{get, post},
};
use intercom::Certainty;
use serde_json::json;
use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

/// How the upstream answers a write.
#[derive(Clone, Copy, Debug)]
enum Trouble {
    Revoked,
    MissingScope,
    Page,
    HalfAnAnswer,
    Broken,
    Stalled,
}

async fn answer(trouble: Trouble) -> Response {
    let refusal = |status: StatusCode, code: &str, message: &str| {
        let body = json!({"type": "error.list", "request_id": "r-1", "errors": [{"code": code, "message": message}]});
        (status, Json(body)).into_response()
    };
    match trouble {
        Trouble::Revoked => refusal(
            StatusCode::UNAUTHORIZED,
            "unauthorized",
            "Access Token Invalid",
        ),
        Trouble::MissingScope => refusal(
            StatusCode::UNAUTHORIZED,
            "token_unauthorized",
            "Not authorized to access resource",
        ),
        Trouble::Page => Html("<html><body>Bad gateway</body></html>").into_response(),
        Trouble::HalfAnAnswer => {
            let half = futures_util::stream::iter([
                Ok(Bytes::from_static(b"{\"type\":")),
                Err(std::io::Error::other("gone")),
            ]);
            ([(CONTENT_LENGTH, "4000")], Body::from_stream(half)).into_response()
        }
        Trouble::Broken => refusal(
            StatusCode::INTERNAL_SERVER_ERROR,
            "server_error",
            "Something went wrong",
        ),
        Trouble::Stalled => std::future::pending().await,
    }
}

async fn world(trouble: Trouble) -> (World, Arc<AtomicUsize>) {
    let sent = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&sent);
    let router = Router::new()
        .route(
            "/me",
            get(async || Json(json!({"id": "7", "name": "Rui", "app": {"id_code": "w1"}}))),
        )
        .route(
            "/conversations/{id}/reply",
            post(move || {
                count.fetch_add(1, Ordering::SeqCst);
                answer(trouble)
            }),
        );
    (World::scripted(router).await, sent)
}

#[tokio::test]
async fn each_trouble_gives_one_error_and_sends_nothing_twice() {
    for (trouble, expected, certainty) in [
        (
            Trouble::Revoked,
            "The access token is wrong or revoked",
            Certainty::NotDone,
        ),
        (
            Trouble::MissingScope,
            "Give the app this permission",
            Certainty::NotDone,
        ),
        (
            Trouble::Page,
            "not from Intercom's API",
            Certainty::MaybeDone,
        ),
        (Trouble::HalfAnAnswer, "broke off", Certainty::MaybeDone),
        (
            Trouble::Broken,
            "Intercom is in trouble",
            Certainty::MaybeDone,
        ),
        (
            Trouble::Stalled,
            "did not answer within",
            Certainty::MaybeDone,
        ),
    ] {
        let (world, sent) = world(trouble).await;
        let error = world
            .try_call(
                "reply_to_conversation",
                json!({"conversation_id": "1", "body": "Hello"}),
            )
            .await
            .unwrap_err();
        let said = error.to_string();
        assert!(said.contains(expected), "{trouble:?}: {said}");
        assert_eq!(error.certainty(), certainty, "{trouble:?}: {said}");
        assert_eq!(
            said.contains("It may have happened all the same"),
            certainty == Certainty::MaybeDone,
            "{trouble:?}: {said}"
        );
        assert_eq!(
            sent.load(Ordering::SeqCst),
            1,
            "{trouble:?} was sent more than once"
        );
        assert!(
            !said.contains('<') && said.len() < 400,
            "{trouble:?}: {said}"
        );
    }
}

#[tokio::test]
async fn a_wrong_address_and_a_missing_token_are_told_apart() {
    let nobody = World::over("http://127.0.0.1:9");
    let said = nobody.refusal("list_tags", json!({})).await;
    assert!(
        said.contains("cannot be reached at http://127.0.0.1:9"),
        "{said}"
    );
    let world = World::sandbox().await;
    world.gateway.vault().keep(
        gateway::ConnectionId::new("default"),
        "another-token".to_owned().into(),
    );
    let said = world.refusal("list_tags", json!({})).await;
    assert!(said.contains("wrong or revoked"), "{said}");
    world.gateway.vault().keep(
        gateway::ConnectionId::new("default"),
        "sandbox-token".to_owned().into(),
    );
    world.call("list_tags", json!({})).await;
}
