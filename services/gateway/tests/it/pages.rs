//! What the gateway answers itself.

use reqwest::Method;

use crate::rig::{Plan, Rig, Shape, json_of, problem};

#[tokio::test]
async fn the_first_page_speaks_the_callers_language_and_needs_nothing_else() {
    let rig = Rig::new(Plan::of(Shape::Local)).await;
    for (lang, word) in [("fr", "chantier"), ("en-GB, fr;q=0.5", "building site"), ("", "chantier")]
    {
        let answer = rig.get("/").header("accept-language", lang).send().await.unwrap();
        assert_eq!(answer.headers()["x-content-type-options"], "nosniff");
        assert_eq!(answer.headers()["referrer-policy"], "no-referrer");
        let policy = answer.headers()["content-security-policy"].to_str().unwrap();
        assert!(policy.starts_with("default-src 'none'"), "{policy}");
        assert!(!answer.headers().contains_key("access-control-allow-origin"));
        let page = answer.text().await.unwrap();
        assert!(page.contains(word) && !page.contains("http://") && !page.contains("https://"));
    }
}

#[tokio::test]
async fn the_api_browser_is_served_from_here() {
    let rig = Rig::new(Plan::of(Shape::Local)).await;
    for (path, kind) in [
        ("/docs", "text/html"),
        ("/docs/", "text/html"),
        ("/docs/swagger-ui.css", "text/css"),
        ("/docs/swagger-ui-bundle.js", "text/javascript"),
        ("/docs/swagger-initializer.js", "text/javascript"),
    ] {
        let answer = rig.get(path).send().await.unwrap();
        assert_eq!(answer.status(), 200, "{path}");
        assert!(answer.headers()["content-type"].to_str().unwrap().starts_with(kind), "{path}");
    }
    let setup = rig.get("/docs/swagger-initializer.js").send().await.unwrap().text().await.unwrap();
    assert!(
        setup.contains("/openapi.json") && setup.contains("\"validatorUrl\": \"none\""),
        "{setup}"
    );
    let description = json_of(rig.get("/openapi.json"), 200).await;
    assert_eq!(description["openapi"], "3.1.0");
    assert_eq!(json_of(rig.get("/v1/openapi.json"), 200).await, description);
    let post = rig.at(&rig.host(), Method::POST, "/docs/");
    problem(post, 405).await;
}

#[tokio::test]
async fn figures_are_for_this_machine_alone() {
    let rig = Rig::new(Plan::of(Shape::Local)).await;
    let figures = |host: &str| rig.at(host, Method::GET, "/metrics");
    assert_eq!(figures("127.0.0.1:8080").send().await.unwrap().status(), 200);
    assert_eq!(figures("localhost").send().await.unwrap().status(), 200);
    for host in [rig.host().as_str(), "platform.localhost", "192.168.1.20", "fieldops.example"] {
        problem(figures(host), 404).await;
    }
    problem(figures("localhost").header("x-forwarded-for", "1.1.1.1"), 404).await;

    let mut plan = Plan::of(Shape::Local);
    plan.settings.metrics_to_others = true;
    let open = Rig::new(plan).await;
    let figures = |host: &str| open.at(host, Method::GET, "/metrics");
    assert_eq!(figures("192.168.1.20").send().await.unwrap().status(), 200);
    problem(figures(&open.host()), 404).await;
}
