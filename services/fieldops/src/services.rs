//! Which services there are. The one place that knows them all.

use std::sync::Arc;

use events::Interest;
use kernel::Service;
use provisioning::Provisioner;
use tokio_util::sync::CancellationToken;
use utoipa::openapi::OpenApi;
use web::{Module, Seed};

/// The services that keep tenants' data. `stop` ends their live streams.
pub fn of_tenant(stop: &CancellationToken) -> Vec<Module> {
    vec![
        identity::module(),
        projects::module(),
        resources::module(),
        planning::module(),
        proofs::module(),
        reporting::module_with(stop.clone()),
    ]
}

/// One service by its name; provisioning needs its provisioner.
pub fn one(
    service: Service,
    stop: &CancellationToken,
    provisioner: Option<Arc<Provisioner>>,
) -> Option<Module> {
    match (service, provisioner) {
        (Service::Provisioning, Some(provisioner)) => Some(provisioning::module(provisioner)),
        _ => of_tenant(stop).into_iter().find(|m| m.service == service),
    }
}

/// Every service's reference data, for new tenants.
pub fn seeds() -> Vec<(Service, Seed)> {
    let modules = of_tenant(&CancellationToken::new());
    modules.into_iter().filter_map(|m| Some((m.service, m.seed?))).collect()
}

/// Who listens to what, known to every process before it speaks.
pub fn interests() -> Vec<Interest> {
    let modules = of_tenant(&CancellationToken::new());
    modules.iter().flat_map(|m| &m.consumers).map(|c| Interest::of(&**c)).collect()
}

/// The routes of each service, as their descriptions name them.
pub fn descriptions() -> Vec<(Service, OpenApi)> {
    let mut all: Vec<_> = of_tenant(&CancellationToken::new())
        .into_iter()
        .map(|mut m| (m.service, m.routes.to_openapi()))
        .collect();
    all.push((Service::Provisioning, provisioning::routes().to_openapi()));
    all
}
