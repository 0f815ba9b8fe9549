//! The virus scanner: a peer that speaks clamd's protocol, over TCP.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use chrono::TimeDelta;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::*;

/// The string that every scanner takes for a virus, by agreement of their makers (eicar.org),
/// written in two halves so that no scanner takes this file for one.
fn eicar() -> Vec<u8> {
    let halves = ["X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-", "STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"];
    halves.concat().into_bytes()
}

/// Listens as clamd does; while `away`, it hangs up on everybody.
async fn clamd(away: Arc<AtomicBool>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    tokio::spawn(async move {
        while let Ok((caller, _)) = listener.accept().await {
            if !away.load(Ordering::SeqCst) {
                tokio::spawn(look(caller));
            }
        }
    });
    address
}

async fn look(mut caller: TcpStream) -> std::io::Result<()> {
    let mut command = [0; 10];
    caller.read_exact(&mut command).await?;
    assert_eq!(&command, b"zINSTREAM\0");
    let mut file = Vec::new();
    loop {
        let length = caller.read_u32().await?;
        if length == 0 {
            break;
        }
        let mut piece = vec![0; length as usize];
        caller.read_exact(&mut piece).await?;
        file.extend(piece);
    }
    let bad = file.windows(eicar().len()).any(|w| w == eicar());
    let said: &[u8] = if bad { b"stream: Eicar-Test-Signature FOUND\0" } else { b"stream: OK\0" };
    caller.write_all(said).await
}

async fn scanned(by: &Client, version: &str) -> Value {
    eventually("the scanner has spoken", async || {
        let version = by.get(&format!("/v1/document-versions/{version}")).await.expect(200);
        (version["scan"] != "scanning").then_some(version)
    })
    .await
}

#[tokio::test]
async fn what_is_infected_is_never_served_and_the_version_before_it_stays_in_force() {
    let address = clamd(Arc::default()).await;
    let stage = Stage::scanned_by(Some(address), &[projects::module]).await;
    let manager = manager(&stage);
    let plan = document(&manager, project(&manager, "A").await, json!({})).await;
    let good = upload(&manager, &plan, "plan.txt", &b"un plan sain ".repeat(20_000)).await;
    assert_eq!(scanned(&manager, &good).await["scan"], "clean");
    let bad = upload(&manager, &plan, "plan-2.txt", &[b"virus ".to_vec(), eicar()].concat()).await;
    let record = scanned(&manager, &bad).await;
    assert_eq!((&record["scan"], &record["number"]), (&json!("infected"), &json!(2)));
    assert_eq!(record["threat"], "Eicar-Test-Signature");
    for way in ["content", "preview"] {
        let refused = manager.get(&format!("/v1/document-versions/{bad}/{way}")).await;
        assert!(!String::from_utf8_lossy(&refused.bytes).contains("EICAR"));
        assert_eq!(refused.expect(409)["type"], "urn:fieldops360:problem:infected");
    }
    let part = manager.clone().header("range", "bytes=0-10");
    part.get(&format!("/v1/document-versions/{bad}/content")).await.expect(409);
    assert_eq!(manager.get(&path(&plan)).await.expect(200)["current"], 1);
    let content = manager.get(&format!("{}/content", path(&plan))).await;
    assert!(content.bytes.starts_with(b"un plan sain"));
    manager.post(&format!("{}/acknowledge", path(&plan)), json!({ "number": 2 })).await.expect(409);
    read(&manager, &good).await;
    assert!(found(&manager, "virus").await.is_empty());
    assert_eq!(found(&manager, "sain").await.len(), 1);
    stage.settle().await;
}

#[tokio::test]
async fn while_the_scanner_is_away_nothing_is_served_and_it_is_asked_again() {
    let away = Arc::new(AtomicBool::new(true));
    let address = clamd(Arc::clone(&away)).await;
    let stage = Stage::scanned_by(Some(address), &[projects::module]).await;
    let manager = manager(&stage);
    let plan = document(&manager, project(&manager, "A").await, json!({})).await;
    let version = upload(&manager, &plan, "plan.txt", b"un plan").await;
    stage.settle().await;
    let at = format!("/v1/document-versions/{version}");
    assert_eq!(manager.get(&at).await.expect(200)["scan"], "scanning");
    let waits = manager.get(&format!("{at}/content")).await;
    assert!(waits.headers.contains_key("retry-after"));
    waits.expect(409);
    manager.get(&format!("{}/content", path(&plan))).await.expect(404);
    stage.clock.advance(TimeDelta::minutes(2));
    stage.settle().await;
    assert_eq!(manager.get(&at).await.expect(200)["scan"], "scanning");
    away.store(false, Ordering::SeqCst);
    stage.clock.advance(TimeDelta::minutes(2));
    assert_eq!(scanned(&manager, &version).await["scan"], "clean");
    assert_eq!(manager.get(&format!("{}/content", path(&plan))).await.bytes, b"un plan");
    stage.settle().await;
}
