//! The calls of proofs operations.

use super::Entry;

pub(super) const CALLS: &[Entry] = &[
    ("list_photos", "?limit=200", ""),
    (
        "announce_photo",
        "",
        r#"{"site_id": "$site", "task_id": "$task", "taken_at": "$earlierT08:00:00Z",
        "size": 1000, "content_type": "image/jpeg"}"#,
    ),
    ("read_photo", "photo", ""),
    ("photo_original", "photo", ""),
    ("photo_thumbnail", "photo", ""),
    ("photo_watermarked", "photo", ""),
    ("upload_options", "", ""),
    ("create_upload", "", ""),
    ("upload_offset", "upload", ""),
    ("append_upload", "upload", ""),
    ("terminate_upload", "fresh_upload", ""),
    ("list_signatures", "?limit=200", ""),
    (
        "take_signature",
        "",
        r#"{"task_id": "$task", "signer_name": "Client", "signer_role": "client",
        "strokes": [[[0.1, 0.1], [0.5, 0.6], [0.9, 0.2]]]}"#,
    ),
    ("read_signature", "signature", ""),
    ("signature_image", "signature", ""),
    ("list_audit", "?limit=200", ""),
    ("list_audit", "?entity=task&entity_id=$task", ""),
    ("verify_audit", "", ""),
];
