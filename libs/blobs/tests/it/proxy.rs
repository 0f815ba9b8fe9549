//! A connection to the S3 server that can break: after so many bytes sent, or by never answering.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// Forwards to `server` until `budget` bytes went up in all, then breaks every connection.
pub async fn breaking_after(server: SocketAddr, budget: usize) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let budget = Arc::new(AtomicUsize::new(budget));
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            tokio::spawn(forward(client, server, budget.clone()));
        }
    });
    address
}

async fn forward(client: TcpStream, server: SocketAddr, budget: Arc<AtomicUsize>) {
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = TcpStream::connect(server).await.unwrap().into_split();
    let up = async {
        let mut chunk = vec![0; 16 * 1024];
        loop {
            let n = from_client.read(&mut chunk).await.unwrap_or(0);
            let spent = budget.fetch_update(SeqCst, SeqCst, |left| left.checked_sub(n)).is_err();
            if n == 0 || spent || to_server.write_all(&chunk[..n]).await.is_err() {
                return;
            }
        }
    };
    let down = tokio::io::copy(&mut from_server, &mut to_client);
    tokio::select! { () = up => {}, _ = down => {} }
}

/// Takes connections and says nothing.
pub async fn silent() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let mut held = Vec::new();
        while let Ok(connection) = listener.accept().await {
            held.push(connection);
        }
    });
    address
}
