//! The people of the demo tenant, who they are and how they sign in.

use std::net::SocketAddr;

use anyhow::Result;
use kernel::{Service, SystemClock};
use tenancy::{Cluster, Control, Key, hex_secret};

use super::installation::{DEMO_SLUG, Installation};
use crate::cli::UpArgs;
use crate::demo::{self, Target};

/// Somebody with an account.
#[derive(Debug, Clone)]
pub struct Person {
    /// The role's word: `tenant_admin`, `crew_member`.
    pub role: &'static str,
    /// Name.
    pub name: &'static str,
    /// E-mail address.
    pub email: String,
    /// Password.
    pub password: String,
}

fn password(root: &Key, email: &str) -> String {
    hex_secret(root, &format!("demo:{email}"))[..16].to_owned()
}

fn person(root: &Key, role: &'static str, name: &'static str, email: &str) -> Person {
    Person { role, name, email: email.to_owned(), password: password(root, email) }
}

/// The platform's own admin of a demo installation.
pub fn platform_admin(root: &Key) -> Person {
    person(root, "platform_admin", "Plateforme", "plateforme@fieldops.example")
}

/// The demo tenant's people: one admin, one per office role, and four crew members.
pub fn people(root: &Key) -> Vec<Person> {
    [
        ("tenant_admin", "Aïssatou Ba", "admin@demo.example"),
        ("manager", "Mamadou Diop", "direction@demo.example"),
        ("project_lead", "Fatou Ndiaye", "projet@demo.example"),
        ("site_lead", "Ousmane Sarr", "chantier@demo.example"),
        ("crew_member", "Ibrahima Fall", "ibrahima@demo.example"),
        ("crew_member", "Awa Gueye", "awa@demo.example"),
        ("crew_member", "Cheikh Sy", "cheikh@demo.example"),
        ("crew_member", "Moussa Kane", "moussa@demo.example"),
    ]
    .map(|(role, name, email)| person(root, role, name, email))
    .into()
}

/// Makes the platform's own admin, unless made before.
pub(super) async fn ensure_admin(place: &Installation<'_>, cluster: &Cluster) -> Result<()> {
    let admin = platform_admin(place.root);
    let control = Control::open(&cluster.control_url(place.root, Service::Identity), 1)?;
    let made = identity::create_platform_admin(
        &control.pool,
        &admin.email,
        admin.name,
        &admin.password,
        &SystemClock,
    )
    .await;
    match made {
        Ok(_) | Err(identity::Error::EmailTaken) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// Makes the demo tenant the first time, and tells where everything is and who signs in how.
pub(super) async fn welcome(
    place: &Installation<'_>,
    address: SocketAddr,
    args: &UpArgs,
) -> Result<()> {
    if args.no_demo {
        return Ok(());
    }
    let admin = platform_admin(place.root);
    let target = Target::local(address.port(), &args.gateway.base_hosts);
    let people = people(place.root);
    demo::furnish(&target, DEMO_SLUG, &admin, &people).await?;
    print!("{}", sign_ins(address.port(), &args.gateway.base_hosts[0], &admin, &people));
    Ok(())
}

fn sign_ins(port: u16, base: &str, admin: &Person, people: &[Person]) -> String {
    let addresses = format!(
        "\nFieldOps360\n\
         \x20 http://{base}:{port}/docs           l'API du client démo / the demo tenant's API\n\
         \x20 http://platform.{base}:{port}/docs  la plateforme / the platform\n\
         \x20 http://TENANT.{base}:{port}         chaque client / each tenant\n\n"
    );
    let (crew, office): (Vec<_>, Vec<_>) = people.iter().partition(|p| p.role == "crew_member");
    let shown = office.into_iter().chain(crew.into_iter().take(1)).chain([admin]);
    let lines = shown.map(|p| format!("  {:<14} {} {}\n", p.role, p.email, p.password));
    addresses + &lines.collect::<String>()
}
