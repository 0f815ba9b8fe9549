//! What an operator decides about the door.

use std::time::Duration;

use cache::Limit;

/// The gateway's settings. The defaults serve one machine on `localhost`.
#[derive(Debug, Clone)]
pub struct GatewaySettings {
    /// The host names under which tenants have theirs: `fieldops.example` gives
    /// `acme.fieldops.example`.
    pub base_hosts: Vec<String>,
    /// The label of the platform's own host under each of them.
    pub platform_label: String,
    /// The slug of the tenant that answers on a bare host: an IP address, `localhost`, a base
    /// host itself. Without one, only the platform's and the gateway's own pages are there.
    pub default_tenant: Option<String>,
    /// How many proxies of ours stand in front and each add one entry to `X-Forwarded-For`. Zero
    /// means clients connect directly and the header is not believed.
    pub proxies: usize,
    /// Shows `/metrics` to other machines too, on a bare host. Only for a network that is closed
    /// by other means.
    pub metrics_to_others: bool,
    /// How often may be called.
    pub rates: Rates,
    /// The largest body of a plain call, in bytes.
    pub body_bytes: u64,
    /// The largest form with files, in bytes.
    pub form_bytes: u64,
    /// The largest piece of a resumable upload, in bytes.
    pub piece_bytes: u64,
    /// How long a service may take to begin its answer, and how long an upload may stand still.
    pub patience: Duration,
}

/// The rate limits. Each counts on its own.
#[derive(Debug, Clone, Copy)]
pub struct Rates {
    /// Calls of one signed-in user.
    pub caller: Limit,
    /// Calls from one address without a valid sign-in.
    pub anonymous: Limit,
    /// Calls from one address to what signs people in.
    pub sign_in: Limit,
    /// Calls to one tenant, whoever makes them.
    pub tenant: Limit,
}

impl Default for Rates {
    fn default() -> Self {
        let per = Duration::from_mins(1);
        Self {
            caller: Limit { burst: 1_200, per },
            anonymous: Limit { burst: 300, per },
            sign_in: Limit { burst: 60, per },
            tenant: Limit { burst: 60_000, per },
        }
    }
}

impl Default for GatewaySettings {
    fn default() -> Self {
        Self {
            base_hosts: vec!["localhost".to_owned()],
            platform_label: "platform".to_owned(),
            default_tenant: None,
            proxies: 0,
            metrics_to_others: false,
            rates: Rates::default(),
            body_bytes: 1 << 20,
            form_bytes: web::FORM_LIMIT as u64,
            piece_bytes: 64 << 20,
            patience: Duration::from_secs(30),
        }
    }
}
