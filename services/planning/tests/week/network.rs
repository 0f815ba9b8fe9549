//! A bad network: what a call meets on its way.

use std::future::Future;
use std::pin::pin;
use std::task::Poll;

use http::Method;
use testkit::{Answer, Client};

use crate::dice::Dice;
use crate::phone::Call;

/// Sends a call as it is, once.
pub async fn send(client: &Client, call: &Call) -> Answer {
    let mut client = client.clone().header("idempotency-key", &call.key);
    if let Some((at, sent)) = call.clock {
        client = client
            .header("device-time", at.to_rfc3339())
            .header("device-sent", sent.to_rfc3339())
            .header("device-position", "geo:14.7,-17.4;u=8");
    }
    client.call(Method::POST, &call.path, Some(call.body.clone())).await
}

/// Sends a call through the bad network; none where no answer came back, whatever the server did.
pub async fn brave(client: &Client, call: &Call, dice: &mut Dice) -> Option<Answer> {
    match dice.below(100) {
        // It never left.
        0..8 => None,
        // It was done, and nobody heard.
        8..18 => {
            send(client, call).await;
            None
        }
        // It came twice at once; one of them may be told that the other is at it.
        18..26 => {
            let (one, two) = tokio::join!(send(client, call), send(client, call));
            Some(if one.status.is_success() { one } else { two })
        }
        // The connection broke while the server was at it.
        26..31 => {
            let polls = 1 + dice.below(40);
            broken(send(client, call), polls).await;
            None
        }
        _ => Some(send(client, call).await),
    }
}

/// Polls so many times at most and lets go.
async fn broken<T>(future: impl Future<Output = T>, polls: usize) {
    let mut future = pin!(future);
    let mut left = polls;
    std::future::poll_fn(|cx| {
        left -= 1;
        match future.as_mut().poll(cx) {
            Poll::Pending if left > 0 => Poll::Pending,
            _ => Poll::Ready(()),
        }
    })
    .await;
}
