//! The published description of the API: every service's own, merged.

use std::fs;
use std::process::ExitCode;

use anyhow::{Context, Result};
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
use utoipa::openapi::{ComponentsBuilder, InfoBuilder, License, OpenApi, OpenApiBuilder};

use crate::cli::OpenapiArgs;
use crate::services;

/// The whole description.
pub fn merged() -> OpenApi {
    let mut licence = License::new("Apache-2.0");
    licence.identifier = Some("Apache-2.0".to_owned());
    let info = InfoBuilder::new()
        .title("FieldOps360")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(
            "Field operations for firms that build, wire and dig. Errors are RFC 9457 problems, \
             in French or English as `Accept-Language` asks; times are RFC 3339 in UTC; lists are \
             cursor pages; what may change carries an `ETag`.",
        ))
        .license(Some(licence));
    let bearer = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
    let components = ComponentsBuilder::new()
        .security_scheme("bearer", bearer)
        // Stands in paths alone, and so in no service's list of schemas.
        .schema_from::<kernel::UploadId>()
        .build();
    let mut whole = OpenApiBuilder::new().info(info.build()).components(Some(components)).build();
    for (_, description) in services::descriptions() {
        whole.merge(description);
    }
    whole
}

/// The description as it is checked in.
pub fn text() -> Result<String> {
    Ok(merged().to_pretty_json()? + "\n")
}

/// `fieldops openapi`: prints the description, or tells whether a file still is it.
pub fn run(args: &OpenapiArgs) -> Result<ExitCode> {
    let text = text()?;
    let Some(file) = &args.check else {
        print!("{text}");
        return Ok(ExitCode::SUCCESS);
    };
    let known =
        fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    if known == text {
        return Ok(ExitCode::SUCCESS);
    }
    eprintln!("{} is stale; write it anew: fieldops openapi > {}", file.display(), file.display());
    Ok(ExitCode::FAILURE)
}
