//! Processes of the real binary. They end with the test that started them.

use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, OnceLock, mpsc};
use std::time::{Duration, Instant};

/// The binary under test: `FIELDOPS_BIN`, or the one built beside the tests.
pub fn binary() -> PathBuf {
    if let Some(chosen) = std::env::var_os("FIELDOPS_BIN") {
        return chosen.into();
    }
    // A test lies one folder deeper than the programs, `bench` beside them.
    let this = std::env::current_exe().unwrap();
    let mut beside = this.ancestors().skip(1).take(2).map(|folder| folder.join("fieldops"));
    beside.find(|it| it.is_file()).expect("not built: cargo build --bin fieldops")
}

/// A port that nobody listens on now.
pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// A command of the binary that dies with this process, with no settings but those given.
pub fn command(args: &[&str]) -> Command {
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", "KILL", "--"]).arg(binary()).args(args);
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("FIELDOPS_") {
            command.env_remove(name);
        }
    }
    command.env("FIELDOPS_LOG", std::env::var("FIELDOPS_TEST_LOG").unwrap_or("warn".to_owned()));
    command.stdin(Stdio::null());
    command
}

type Order = (Command, mpsc::Sender<Child>);

/// The kernel counts the thread that started a process as its parent, and a test's threads end
/// with the test: one thread that never ends starts them all.
fn spawner() -> mpsc::Sender<Order> {
    static SPAWNER: OnceLock<Mutex<mpsc::Sender<Order>>> = OnceLock::new();
    let start = || {
        let (orders, incoming) = mpsc::channel::<Order>();
        std::thread::spawn(move || {
            for (mut command, answer) in incoming {
                let child = command.spawn().expect("setpriv (util-linux) and the binary");
                answer.send(child).expect("the test waits for it");
            }
        });
        Mutex::new(orders)
    };
    SPAWNER.get_or_init(start).lock().unwrap().clone()
}

/// A process of the binary.
pub struct Process(Child);

impl Process {
    /// Starts it.
    pub fn start(command: Command) -> Self {
        let (answer, started) = mpsc::channel();
        spawner().send((command, answer)).expect("the spawning thread");
        Self(started.recv().expect("setpriv (util-linux) and the binary"))
    }

    /// Its id.
    pub fn id(&self) -> u32 {
        self.0.id()
    }

    /// Ends it at once, as a power cut would.
    pub fn kill(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }

    /// Asks it to stop and waits; true if it ended by itself with exit code 0.
    pub fn stop(&mut self, patience: Duration) -> bool {
        self.signal("TERM");
        let deadline = Instant::now() + patience;
        while Instant::now() < deadline {
            if let Ok(Some(status)) = self.0.try_wait() {
                return status.success();
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        false
    }

    /// Sends a signal by its name.
    pub fn signal(&self, name: &str) {
        let id = self.0.id().to_string();
        let sent = Command::new("kill").args([&format!("-{name}"), &id]).status();
        assert!(sent.is_ok_and(|s| s.success()), "signal {name} to {id}");
    }

    /// Whether it runs.
    pub fn runs(&mut self) -> bool {
        matches!(self.0.try_wait(), Ok(None))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}
