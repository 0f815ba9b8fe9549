//! Reading what an address asks for behind its `?`.

use axum::extract::rejection::QueryRejection;
use axum::extract::{FromRequestParts, Query};
use axum::http::request::Parts;
use axum::http::{StatusCode, Uri};
use serde::de::DeserializeOwned;
use validator::Validate;

use crate::extract::{check, check_all};
use crate::page::PageParams;
use crate::problem::Problem;

/// Query parameters that were read and checked.
#[derive(Debug, Clone)]
pub struct Params<T>(pub T);

impl<T: DeserializeOwned + Validate, S: Send + Sync> FromRequestParts<S> for Params<T> {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let value: T = read_query(&parts.uri, "")?;
        check(&value)?;
        Ok(Self(value))
    }
}

/// The query parameters of a list: what it is narrowed by, and which of its pages is asked for.
/// The description names both, `params(TaskFilter, PageParams)`; the filter knows of no pages.
#[derive(Debug, Clone)]
pub struct Listed<F>(pub F, pub PageParams);

impl<F: DeserializeOwned + Validate, S: Send + Sync> FromRequestParts<S> for Listed<F> {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let (page, own): (Vec<&str>, Vec<&str>) =
            parts.uri.query().unwrap_or_default().split('&').partition(|pair| {
                let name = pair.split_once('=').map_or(*pair, |(name, _)| name);
                PageParams::NAMES.contains(&name)
            });
        let only = |pairs: &[&str]| format!("/?{}", pairs.join("&")).parse::<Uri>();
        let filter: F = read_query(
            &only(&own).map_err(Problem::internal)?,
            ", or `limit` or `cursor`, as of every list",
        )?;
        let page: PageParams = read_query(&only(&page).map_err(Problem::internal)?, "")?;
        check_all([filter.validate(), page.validate()])?;
        Ok(Self(filter, page))
    }
}

/// Reads an address's parameters. Where one is unknown, `others` is said of those that are known
/// beside `T`'s own.
fn read_query<T: DeserializeOwned>(uri: &Uri, others: &str) -> Result<T, Problem> {
    let Query(value) = Query::<T>::try_from_uri(uri).map_err(|error: QueryRejection| {
        let mut text = error.body_text();
        if text.contains("unknown field") {
            text.push_str(others);
        }
        Problem::new(
            StatusCode::BAD_REQUEST,
            "query",
            "Un paramètre de l'adresse est inconnu ou invalide",
            "A query parameter is unknown or invalid",
        )
        .field("query", "query", text.clone(), text)
    })?;
    Ok(value)
}

#[cfg(test)]
mod tests {
    use axum::body::to_bytes;
    use axum::http::Request;
    use axum::response::IntoResponse;
    use serde::Deserialize;
    use serde_json::Value;

    use super::*;

    #[derive(Debug, Deserialize, Validate)]
    #[serde(deny_unknown_fields)]
    struct Narrow {
        #[validate(length(max = 3))]
        q: Option<String>,
    }

    async fn ask(query: &str) -> Result<Listed<Narrow>, Problem> {
        let request = Request::builder().uri(format!("/things?{query}")).body(()).unwrap();
        Listed::from_request_parts(&mut request.into_parts().0, &()).await
    }

    async fn refused(query: &str) -> (u16, Value) {
        let response = ask(query).await.unwrap_err().into_response();
        let status = response.status().as_u16();
        let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
        (status, serde_json::from_slice(&body).unwrap())
    }

    #[tokio::test]
    async fn a_list_reads_its_filter_and_its_page_from_one_address() {
        let Listed(filter, page) = ask("limit=7&q=a%26b&cursor=MQ").await.unwrap();
        assert_eq!((filter.q.as_deref(), page.limit), (Some("a&b"), 7));
        assert_eq!(page.after::<i64>().unwrap(), Some(1));
        let Listed(filter, page) = ask("").await.unwrap();
        assert_eq!((filter.q, page.limit, page.cursor), (None, PageParams::usual_limit(), None));
    }

    #[tokio::test]
    async fn what_is_wrong_with_a_list_is_told_at_once_and_nothing_unknown_passes() {
        let (status, problem) = refused("q=long&limit=201").await;
        let errors = problem["errors"].as_array().unwrap();
        let pointers: Vec<_> = errors.iter().map(|e| e["pointer"].as_str().unwrap()).collect();
        assert_eq!((status, pointers), (422, vec!["/q", "/limit"]));
        for (query, word) in [
            ("limt=5", "unknown field `limt`, expected `q`, or `limit` or `cursor`"),
            ("limit=many", "limit: "),
            ("limit=1&limit=2", "duplicate field `limit`"),
            ("q=a&q=b", "duplicate field `q`"),
        ] {
            let (status, problem) = refused(query).await;
            let detail = problem["errors"][0]["detail"].as_str().unwrap();
            assert_eq!(status, 400, "{query}");
            assert!(detail.contains(word), "{query}: {detail}");
        }
    }
}
