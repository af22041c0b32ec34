//! What a running payflow tells over HTTP: its metrics, that it is alive, and whether it is ready.

use std::net::SocketAddr;

use anyhow::Context;
use axum::Router;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tracing::{error, info};

use crate::telemetry::METRICS;
use crate::telemetry::health::HEALTH;

/// Answers on an address from now on, for as long as the runtime is there.
pub(super) fn serve(runtime: &Runtime, listen: SocketAddr) -> anyhow::Result<()> {
    let listener = runtime
        .block_on(TcpListener::bind(listen))
        .with_context(|| format!("http.listen: {listen} can't be listened on"))?;
    info!(address = %listener.local_addr().unwrap_or(listen), "metrics and health by HTTP");
    runtime.spawn(async move {
        if let Err(error) = axum::serve(listener, routes()).await {
            error!("HTTP has ended: {error}");
        }
    });
    Ok(())
}

fn routes() -> Router {
    Router::new().route("/metrics", get(metrics)).route("/livez", get(alive)).route("/readyz", get(ready))
}

async fn metrics() -> Response {
    match METRICS.text() {
        Ok(text) => ([(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text).into_response(),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error).into_response(),
    }
}

/// The process ends with its worker, so who answers is alive.
async fn alive() -> &'static str {
    "alive\n"
}

async fn ready() -> (StatusCode, String) {
    match HEALTH.reasons() {
        none if none.is_empty() => (StatusCode::OK, "ready\n".to_owned()),
        reasons => (StatusCode::SERVICE_UNAVAILABLE, format!("not ready\n{}\n", reasons.join("\n"))),
    }
}
