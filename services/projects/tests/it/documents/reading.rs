//! What is read from the bytes, and what hostile ones cannot do.

use std::io::{Cursor, Write};

use testkit::photos::{jpeg_with_exif, png};
use zip::write::{SimpleFileOptions, ZipWriter};

use super::*;

fn docx(body: &str) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    zip.start_file("word/document.xml", SimpleFileOptions::default()).unwrap();
    write!(zip, "<w:document><w:body>{body}</w:body></w:document>").unwrap();
    zip.finish().unwrap().into_inner()
}

fn workbook(words: &str) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, xml) in [
        ("xl/workbook.xml", "<workbook/>".to_owned()),
        ("xl/sharedStrings.xml", format!("<sst><si><t>{words}</t></si></sst>")),
    ] {
        zip.start_file(name, SimpleFileOptions::default()).unwrap();
        zip.write_all(xml.as_bytes()).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

#[tokio::test]
async fn words_are_found_in_names_tags_and_files_whatever_their_accents() {
    let stage = stage().await;
    let manager = manager(&stage);
    let ours = project(&manager, "A").await;
    for (name, file, bytes) in [
        ("Arrêté de voirie", "arrete.txt", "Occupation du trottoir côté pair".as_bytes().to_vec()),
        ("Mode opératoire", "mode.docx", docx("<w:p><w:t>Consignation des câbles</w:t></w:p>")),
        ("Bordereau", "bordereau.xlsx", workbook("Disjoncteurs différentiels")),
        ("Plan d'exécution", "plan.pdf", pdf("Poste de transformation Almadies")),
    ] {
        let document = document(&manager, ours, json!({ "name": name, "tags": ["dakar"] })).await;
        let version = upload(&manager, &document, file, &bytes).await;
        assert_eq!(read(&manager, &version).await["text"], "extracted", "{name}");
    }
    assert_eq!(found(&manager, "ARRETE").await, ["Arrêté de voirie"]);
    assert_eq!(found(&manager, "trottoirs cote").await, ["Arrêté de voirie"]);
    assert_eq!(found(&manager, "consigner câble").await, ["Mode opératoire"]);
    assert_eq!(found(&manager, "transformations almadies").await, ["Plan d'exécution"]);
    assert_eq!(found(&manager, "disjoncteur differentiel").await, ["Bordereau"]);
    assert_eq!(found(&manager, "dakar").await.len(), 4);
    assert_eq!(found(&manager, "dakar -plan").await.len(), 3);
    assert!(found(&manager, "introuvable").await.is_empty());
    for odd in ["\"", ":&|!(", "';--", "-", "le", "a:*", "\\"] {
        found(&manager, odd).await;
    }
    // A page ends where the next begins, whatever the rank.
    let (mut at, mut seen) = ("/v1/documents?q=dakar&limit=1".to_owned(), Vec::new());
    loop {
        let page = manager.get(&at).await.expect(200);
        seen.extend(ids(&page));
        let Some(next) = page["next"].as_str() else { break };
        at = format!("/v1/documents?q=dakar&limit=1&cursor={next}");
    }
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 4);
    stage.settle().await;
}

#[tokio::test]
async fn a_newer_version_is_found_by_its_own_words_alone() {
    let stage = stage().await;
    let manager = manager(&stage);
    let plan = document(&manager, project(&manager, "A").await, json!({})).await;
    let first = upload(&manager, &plan, "a.txt", b"ancien transformateur").await;
    read(&manager, &first).await;
    let second = upload(&manager, &plan, "b.txt", b"nouveau disjoncteur").await;
    read(&manager, &second).await;
    assert_eq!(found(&manager, "disjoncteur").await.len(), 1);
    assert!(found(&manager, "transformateur").await.is_empty());
    stage.settle().await;
}

#[tokio::test]
async fn pictures_and_pdf_have_a_preview_and_others_say_why_not() {
    let stage = stage().await;
    let manager = manager(&stage);
    let plan = document(&manager, project(&manager, "A").await, json!({})).await;
    for (name, bytes, media_type) in
        [("a.exe", png(), "image/png"), ("b.txt", pdf("Plan"), "application/pdf")]
    {
        let version = read(&manager, &upload(&manager, &plan, name, &bytes).await).await;
        assert_eq!(version["media_type"], media_type, "the bytes decide, not the name");
        let preview = manager.get(version["preview"].as_str().unwrap()).await;
        assert_eq!(header(&preview, "content-type"), "image/jpeg");
        assert!(preview.bytes.starts_with(&[0xff, 0xd8, 0xff]));
        let content = manager.get(&format!("{}/content", path(&plan))).await;
        assert!(header(&content, "content-disposition").starts_with("inline"));
        assert_eq!(content.bytes, bytes);
    }
    for (name, bytes, media_type) in [
        (
            "x.svg",
            &b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"[..],
            "image/svg+xml",
        ),
        ("x.png", b"<!doctype html><script>alert(1)</script>", "text/html"),
        ("x.csv", b"a;b\n=cmd|' /C calc'!A0;2\n", "text/plain"),
    ] {
        let version = upload(&manager, &plan, name, bytes).await;
        let record = read(&manager, &version).await;
        assert_eq!(record["media_type"], media_type);
        assert_eq!(record["preview"], Value::Null);
        assert!(record["preview_reason"].is_string());
        let at = format!("/v1/document-versions/{version}/content");
        let content = manager.get(&at).await;
        assert!(header(&content, "content-disposition").starts_with("attachment"), "{name}");
        assert_eq!(header(&content, "x-content-type-options"), "nosniff");
        let none = manager.get(&format!("/v1/document-versions/{version}/preview")).await;
        assert!(none.expect(404)["detail"].is_string());
    }
    stage.settle().await;
}

#[tokio::test]
async fn hostile_files_are_kept_and_told_and_the_next_one_is_read() {
    let stage = stage().await;
    let manager = manager(&stage);
    let plan = document(&manager, project(&manager, "A").await, json!({})).await;
    let mut pixels = jpeg_with_exif(1, None, None);
    let frame = pixels.windows(2).position(|w| w == [0xff, 0xc0]).unwrap();
    pixels[frame + 5..frame + 9].fill(0xff);
    let mountain = docx(&" ".repeat(128 * 1024 * 1024));
    let cut = docx("<w:t>x</w:t>");
    let nested = format!("%PDF-1.7\n1 0 obj\n{}\n", "[".repeat(2_000_000)).into_bytes();
    let looping =
        b"%PDF-1.7\n1 0 obj<</Type/Catalog/Pages 1 0 R/Kids[1 0 R]/Count 99999999>>endobj\n\
                    trailer<</Root 1 0 R/Prev 0>>\nstartxref\n0\n%%EOF";
    let polyglot = [pdf("Plan"), b"<script>alert(1)</script>PK\x05\x06".to_vec()].concat();
    for (name, bytes, text) in [
        ("pixels.jpg", pixels, "none"),
        ("mountain.docx", mountain, "none"),
        ("cut.docx", cut[..cut.len() / 2].to_vec(), "none"),
        ("nested.pdf", nested, "none"),
        ("looping.pdf", looping.to_vec(), "none"),
        ("polyglot.pdf", polyglot, "extracted"),
    ] {
        let version = upload(&manager, &plan, name, &bytes).await;
        let record = read(&manager, &version).await;
        assert_eq!(record["text"], text, "{name}");
        assert_eq!(record["text_reason"].is_string(), text == "none", "{name}");
        let content = manager.get(&format!("/v1/document-versions/{version}/content")).await;
        assert_eq!(content.bytes, bytes, "{name}");
    }
    // A million different words are more than an index holds: the first of them are found.
    let wordy: Vec<_> = (0..120_000).map(|n| format!("mot{n:x}q")).collect();
    let wordy = wordy.join(" ");
    let version = upload(&manager, &plan, "wordy.txt", wordy.as_bytes()).await;
    assert_eq!(read(&manager, &version).await["text"], "extracted");
    assert_eq!(found(&manager, "mot1q").await.len(), 1);
    stage.settle().await;
}
