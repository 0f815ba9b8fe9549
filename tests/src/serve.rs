//! The distributed shape: every service a process, over the test run's PostgreSQL, RabbitMQ,
//! Redis and S3.

use std::collections::HashMap;
use std::process::{Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use fieldops::demo::Target;
use fieldops::up::{Person, platform_admin};
use kernel::Service;
use tenancy::Key;
use testkit::setting;

use crate::collector::Collector;
use crate::process::{Process, command, free_port};
use crate::{System, until_ready};

/// Eight processes and what they need.
pub struct Serve {
    target: Target,
    admin: Person,
    /// The root of the installation's secrets.
    pub root: Key,
    /// The control database's name.
    pub control: String,
    /// Where the services send their traces.
    pub collector: Collector,
    ports: HashMap<Service, u16>,
    processes: Mutex<HashMap<Service, Process>>,
}

impl Serve {
    /// Prepares a control database of its own and starts every service.
    pub async fn fresh() -> Result<Self> {
        let root = testkit::root_key();
        let control = format!("serve_{}", uuid::Uuid::now_v7().simple());
        let ports: HashMap<_, _> = Service::ALL.into_iter().map(|s| (s, free_port())).collect();
        let target = Target::local(ports[&Service::Gateway], &["localhost".to_owned()]);
        let admin = platform_admin(&root);
        let (collector, processes) = (Collector::start()?, Mutex::default());
        let serve = Self { target, admin, root, control, collector, ports, processes };
        run(&mut serve.operator(&["migrate"]))?;
        serve.create_admin()?;
        for service in Service::ALL {
            serve.start(service)?;
        }
        serve.ready().await?;
        Ok(serve)
    }

    /// An operator's command for this installation.
    pub fn operator(&self, args: &[&str]) -> Command {
        let mut command = command(args);
        command
            .env("FIELDOPS_ADMIN_URL", setting("FIELDOPS_TEST_PG_URL"))
            .env("FIELDOPS_ROOT_KEY", self.root.to_base64())
            .env("FIELDOPS_CONTROL_DATABASE", &self.control);
        with_s3(&mut command);
        command
    }

    fn create_admin(&self) -> Result<()> {
        use std::io::Write;
        let admin = &self.admin;
        let args = ["admin", "create", "--email", &admin.email, "--name", admin.name];
        let mut child = self.operator(&args).stdin(Stdio::piped()).stdout(Stdio::null()).spawn()?;
        child.stdin.take().context("stdin")?.write_all(admin.password.as_bytes())?;
        ensure!(child.wait()?.success(), "fieldops admin create failed");
        Ok(())
    }

    /// Starts a service.
    pub fn start(&self, service: Service) -> Result<()> {
        let secrets = run(&mut self.operator(&["env", service.name()]))?;
        let mut command = command(&["serve", service.name()]);
        for line in secrets.lines() {
            let (name, value) = line.split_once('=').context("NAME=VALUE")?;
            command.env(name, value);
        }
        let upstreams: Vec<_> = self
            .ports
            .iter()
            .map(|(service, port)| format!("{service}=http://127.0.0.1:{port}"))
            .collect();
        command
            .env("FIELDOPS_LISTEN", format!("127.0.0.1:{}", self.ports[&service]))
            .env("FIELDOPS_AMQP_URL", setting("FIELDOPS_TEST_AMQP_URL"))
            .env("FIELDOPS_REDIS_URL", setting("FIELDOPS_TEST_REDIS_URL"))
            .env("FIELDOPS_UPSTREAMS", upstreams.join(","))
            .env("OTEL_EXPORTER_OTLP_ENDPOINT", &self.collector.url)
            .env("FIELDOPS_CONNECTIONS", "20")
            .env("FIELDOPS_RATE_ANONYMOUS", "100000")
            .env("FIELDOPS_RATE_SIGN_IN", "100000")
            .env("FIELDOPS_RATE_CALLER", "1000000")
            .env("FIELDOPS_RATE_TENANT", "1000000");
        if service == Service::Provisioning {
            command.env("FIELDOPS_ADMIN_URL", setting("FIELDOPS_TEST_PG_URL"));
        }
        with_s3(&mut command);
        self.processes().insert(service, Process::start(command));
        Ok(())
    }

    /// Kills a service as a power cut would.
    pub fn kill(&self, service: Service) {
        if let Some(mut process) = self.processes().remove(&service) {
            process.kill();
        }
    }

    /// Asks a service to stop; true if it ended by itself.
    pub fn stop(&self, service: Service) -> bool {
        let process = self.processes().remove(&service);
        process.is_some_and(|mut p| p.stop(Duration::from_secs(30)))
    }

    /// Waits until a service answers.
    pub async fn ready_one(&self, service: Service) -> Result<()> {
        until_ready(&format!("http://127.0.0.1:{}", self.ports[&service])).await
    }

    /// Waits until every service answers.
    pub async fn ready(&self) -> Result<()> {
        for service in Service::ALL {
            self.ready_one(service).await?;
        }
        Ok(())
    }

    fn processes(&self) -> MutexGuard<'_, HashMap<Service, Process>> {
        self.processes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl System for Serve {
    fn target(&self) -> &Target {
        &self.target
    }
    fn platform_admin(&self) -> &Person {
        &self.admin
    }
}

fn with_s3(command: &mut Command) {
    command
        .env("FIELDOPS_S3_URL", setting("FIELDOPS_TEST_S3_URL"))
        .env("FIELDOPS_S3_KEY", setting("FIELDOPS_TEST_S3_KEY"))
        .env("FIELDOPS_S3_SECRET", setting("FIELDOPS_TEST_S3_SECRET"))
        .env("FIELDOPS_S3_BUCKET", "fieldops-test");
}

fn run(command: &mut Command) -> Result<String> {
    let output = command.stderr(Stdio::inherit()).output()?;
    ensure!(output.status.success(), "{command:?} failed");
    Ok(String::from_utf8(output.stdout)?)
}
