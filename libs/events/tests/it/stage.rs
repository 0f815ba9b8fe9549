//! What the tests play on: a tenant, a writer, a relay, a bus and a consumer that counts.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use contracts::Envelope;
use events::{
    Bus, BusError, ConsumeError, Consumer, DeadLetter, Interest, Outbox, Relay, Subscriber,
};
use kernel::{Clock, EventId, RequestId, Service, TenantId};
use sqlx::PgConnection;
use tenancy::Tenants;
use tokio::sync::{Notify, RwLock};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::common::{World, eventually, setting};

/// Which bus a test runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    InProcess,
    RabbitMq,
}

/// Tests that use the broker hold it together; one that kills it holds it alone.
pub static BROKER: RwLock<()> = RwLock::const_new(());

/// Keeps the newest version and the sum of an entity's events, and how many it took.
pub struct Counting {
    name: &'static str,
    types: &'static [&'static str],
    pub poison: Mutex<Option<Uuid>>,
    pub away: AtomicBool,
    /// How often it said that it cannot now.
    pub refused: AtomicU32,
    pub committed: AtomicU32,
    /// Hangs after the commit, before anybody can acknowledge.
    pub hang: AtomicBool,
    pub hung: Notify,
}

impl Counting {
    /// Names are unique per test, because queues outlive it.
    pub fn new() -> Arc<Self> {
        let id = Uuid::now_v7().simple().to_string();
        Arc::new(Self {
            name: Box::leak(format!("test.{id}").into_boxed_str()),
            types: Box::leak(Box::new([&*Box::leak(format!("test.{id}.v1").into_boxed_str())])),
            poison: Mutex::default(),
            away: AtomicBool::new(false),
            refused: AtomicU32::new(0),
            committed: AtomicU32::new(0),
            hang: AtomicBool::new(false),
            hung: Notify::new(),
        })
    }

    /// The same consumer in another process.
    pub fn again(&self) -> Arc<Self> {
        let Self { name, types, .. } = *self;
        Arc::new(Self { name, types, ..Arc::into_inner(Self::new()).unwrap() })
    }
}

#[async_trait]
impl Consumer for Counting {
    fn name(&self) -> &'static str {
        self.name
    }

    fn types(&self) -> &'static [&'static str] {
        self.types
    }

    async fn take(&self, tx: &mut PgConnection, event: &Envelope) -> Result<(), ConsumeError> {
        if *self.poison.lock().unwrap() == Some(event.entity_id) {
            return Err(ConsumeError::Poison("it tastes of poison".into()));
        }
        if self.away.load(Ordering::SeqCst) {
            self.refused.fetch_add(1, Ordering::SeqCst);
            return Err(ConsumeError::Retry("the database is away".into()));
        }
        sqlx::query(
            "insert into reporting.effect as e (entity, version, value, total, taken)
             values ($1, $2, $3, $3, 1)
             on conflict (entity) do update
             set value = case when e.version < $2 then $3 else e.value end,
                 version = greatest(e.version, $2), total = e.total + $3, taken = e.taken + 1",
        )
        .bind(event.entity_id)
        .bind(event.entity_version)
        .bind(event.payload["hours"].as_i64().unwrap())
        .execute(tx)
        .await?;
        Ok(())
    }

    async fn committed(&self, _tenant: TenantId, _event: &Envelope) {
        self.committed.fetch_add(1, Ordering::SeqCst);
        if self.hang.load(Ordering::SeqCst) {
            self.hung.notify_one();
            std::future::pending::<()>().await;
        }
    }
}

/// One process: its pools, its relay, its subscription.
pub struct Process {
    pub outbox: Outbox,
    pub tenants: Tenants,
    pub token: CancellationToken,
    relay: JoinHandle<()>,
}

impl Process {
    /// Ends the relay at once, wherever it stands.
    pub async fn kill(self) {
        self.relay.abort();
        let _ = self.relay.await;
    }

    /// Ends as the process would at SIGTERM.
    pub async fn stop(self) {
        self.token.cancel();
        self.relay.await.unwrap();
    }
}

pub struct Stage {
    pub world: World,
    pub tenant: TenantId,
    pub bus: Arc<dyn Bus>,
    pub consumer: Arc<Counting>,
}

impl Stage {
    pub async fn new(kind: Kind) -> Self {
        let world = World::new(Service::Reporting).await;
        let tenant = tenant(&world, TenantId::new()).await;
        let consumer = Counting::new();
        let bus = bus(kind, &world, &*consumer);
        Self { world, tenant, bus, consumer }
    }

    /// Starts a process with a relay.
    pub fn writer(&self) -> Process {
        self.writer_on(Arc::clone(&self.bus))
    }

    pub fn writer_on(&self, bus: Arc<dyn Bus>) -> Process {
        let (tenants, token) = (self.world.process(), CancellationToken::new());
        let (relay, outbox) = Relay::new(tenants.clone(), bus, self.world.clock.clone());
        let relay = tokio::spawn(relay.run(token.clone()));
        Process { outbox, tenants, token, relay }
    }

    /// Feeds the consumer until the token is cancelled.
    pub async fn subscribe(&self, consumer: &Arc<Counting>) -> CancellationToken {
        let token = CancellationToken::new();
        let subscriber = Subscriber {
            tenants: self.world.process(),
            consumer: Arc::clone(consumer) as Arc<dyn Consumer>,
            clock: self.world.clock.clone(),
        };
        self.bus.subscribe(subscriber, token.clone()).await.unwrap();
        token
    }

    pub fn event(&self, entity: Uuid, version: i64, hours: i64) -> Envelope {
        Envelope {
            id: EventId::new(),
            tenant: self.tenant,
            kind: self.consumer.types[0].to_owned(),
            action: "task.finished".into(),
            entity: "task".into(),
            entity_id: entity,
            entity_version: version,
            actor: None,
            device_at: None,
            at: self.world.clock.now(),
            request_id: RequestId::new(),
            trace: None,
            payload: serde_json::json!({ "hours": hours }),
        }
    }

    /// `entities` × `versions` events; each entity's hours are 1, 2, 3, …
    pub fn events(&self, entities: usize, versions: i64) -> Vec<Envelope> {
        let entity = |_| (Uuid::now_v7(), versions);
        (0..entities)
            .map(entity)
            .flat_map(|(id, versions)| (1..=versions).map(move |v| (id, v)))
            .map(|(id, version)| self.event(id, version, version))
            .collect()
    }

    /// Commits events as a service does.
    pub async fn write(&self, process: &Process, events: &[Envelope]) {
        let mut tx = process.tenants.begin(self.tenant).await.unwrap();
        events::store(&mut tx, events).await.unwrap();
        process.outbox.before_commit(self.tenant).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// Waits until each event of the list has had its effect, and proves that it had it once.
    pub async fn taken_once(&self, events: &[Envelope]) {
        let tenant = events.first().map_or(self.tenant, |event| event.tenant);
        let mut sql = self.world.tenant_sql(tenant).await;
        let entities: Vec<Uuid> = events.iter().map(|e| e.entity_id).collect();
        let wanted = i64::try_from(events.len()).unwrap();
        let taken = "select coalesce(sum(taken), 0)::bigint from reporting.effect
                     where entity = any($1)";
        eventually("all events are taken", async || {
            let count: i64 =
                sqlx::query_scalar(taken).bind(&entities).fetch_one(&mut sql).await.unwrap();
            (count >= wanted).then_some(())
        })
        .await;
        for entity in entities {
            let of = || events.iter().filter(|e| e.entity_id == entity);
            let newest = of().max_by_key(|e| e.entity_version).unwrap();
            let hours = |e: &Envelope| e.payload["hours"].as_i64().unwrap();
            let row: (i64, i64, i64, i64) = sqlx::query_as(
                "select version, value, total, taken from reporting.effect where entity = $1",
            )
            .bind(entity)
            .fetch_one(&mut sql)
            .await
            .unwrap();
            let count = i64::try_from(of().count()).unwrap();
            let total = of().map(hours).sum();
            assert_eq!(row, (newest.entity_version, hours(newest), total, count));
        }
    }

    /// Waits until the outbox holds nothing unsent.
    pub async fn all_sent(&self) {
        let mut sql = self.world.tenant_sql(self.tenant).await;
        eventually("all events are sent", async || (unsent(&mut sql).await == 0).then_some(()))
            .await;
    }

    /// Dead letters of this test's consumer.
    pub async fn dead(&self) -> Vec<DeadLetter> {
        let all = self.bus.dead_letters(10_000).await.unwrap();
        all.into_iter().filter(|letter| letter.consumer == self.consumer.name()).collect()
    }
}

pub async fn unsent(sql: &mut PgConnection) -> i64 {
    sqlx::query_scalar("select count(*) from core.outbox where sent_at is null")
        .fetch_one(sql)
        .await
        .unwrap()
}

fn bus(kind: Kind, world: &World, consumer: &dyn Consumer) -> Arc<dyn Bus> {
    let interests = vec![Interest::of(consumer)];
    match kind {
        Kind::InProcess => events::in_process(world.process().control().clone(), interests),
        Kind::RabbitMq => events::rabbitmq(&setting("FIELDOPS_TEST_AMQP_URL"), interests).unwrap(),
    }
}

/// A tenant with the consumer's table.
pub async fn tenant(world: &World, id: TenantId) -> TenantId {
    let tenant = world.tenant_called(id).await;
    let mut sql = world.tenant_sql(tenant).await;
    for statement in [
        "create table reporting.effect (entity uuid primary key, version bigint not null,
             value bigint not null, total bigint not null, taken bigint not null)",
        "grant select, insert, update on reporting.effect to fo_reporting",
    ] {
        sqlx::query(statement).execute(&mut sql).await.unwrap();
    }
    tenant
}

/// A bus that publishes and then never answers, so that a relay can be killed in between.
pub struct NeverAnswers {
    pub inner: Arc<dyn Bus>,
    pub published: Notify,
}

#[async_trait]
impl Bus for NeverAnswers {
    async fn publish(&self, events: &[Envelope]) -> Vec<Result<(), BusError>> {
        let answers = self.inner.publish(events).await;
        assert!(answers.iter().all(Result::is_ok), "{answers:?}");
        self.published.notify_one();
        std::future::pending().await
    }

    async fn subscribe(&self, _: Subscriber, _: CancellationToken) -> Result<(), BusError> {
        unreachable!("only the relay uses this")
    }

    async fn dead_letters(&self, _: usize) -> Result<Vec<DeadLetter>, BusError> {
        unreachable!("only the relay uses this")
    }

    async fn replay(&self, _: EventId) -> Result<bool, BusError> {
        unreachable!("only the relay uses this")
    }
}

/// Longer than any lease and any mark that a writer relies on.
pub const LONG: Duration = Duration::from_mins(2);
