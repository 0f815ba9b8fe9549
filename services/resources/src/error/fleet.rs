//! Why something about a depot, a vehicle, a tool or a part is refused.

use web::Problem;

/// Why something about a depot, a vehicle, a tool or a part is refused.
#[derive(Debug, thiserror::Error)]
pub enum Fleet {
    /// The database said no, or said nothing.
    #[error(transparent)]
    Database(#[from] sqlx::Error),
    /// Another one has this name, plate, code or serial number.
    #[error("the value of {0} is taken")]
    Taken(&'static str),
    /// What this field names is not there.
    #[error("what {0} names is not there")]
    Unknown(&'static str),
    /// The drive ends before it starts, or lasts longer than a year.
    #[error("the drive ends before it starts or lasts too long")]
    DriveSpan,
    /// Somebody else drives the vehicle at that time.
    #[error("somebody drives the vehicle at that time")]
    VehicleTaken,
    /// The worker drives another vehicle at that time.
    #[error("the worker drives another vehicle at that time")]
    DriverTaken,
    /// The movement's reason does not go with where it comes from or goes to.
    #[error("the movement's ends do not go with its reason")]
    MovementEnds,
    /// Only what is used is used for a task.
    #[error("only what is used is used for a task")]
    TaskOfUse,
    /// There is less of the part than is to be taken.
    #[error("{left} are left")]
    NotEnough {
        /// What is left where it was to be taken.
        left: i64,
    },
    /// The place would hold more than can be counted.
    #[error("the place would hold too many")]
    TooMany,
}

impl From<Fleet> for Problem {
    fn from(error: Fleet) -> Self {
        match error {
            Fleet::Database(error) => error.into(),
            Fleet::Taken(pointer) => Self::conflict(
                "taken",
                "Un autre élément porte déjà cette désignation",
                "Another one is already called that",
            )
            .field(pointer, "taken", "déjà pris", "already taken"),
            Fleet::Unknown(pointer) => {
                Self::invalid().field(pointer, "reference", "inconnu", "unknown")
            }
            Fleet::DriveSpan => Self::invalid().field(
                "/to",
                "order",
                "doit suivre le début, d'un an au plus",
                "must come after the start, within a year",
            ),
            Fleet::VehicleTaken => Self::conflict(
                "vehicle-taken",
                "Le véhicule a déjà un conducteur à ce moment-là",
                "The vehicle has a driver at that time",
            )
            .field("/vehicle_id", "taken", "déjà conduit", "already driven"),
            Fleet::DriverTaken => Self::conflict(
                "driver-taken",
                "L'ouvrier conduit un autre véhicule à ce moment-là",
                "The worker drives another vehicle at that time",
            )
            .field("/worker_id", "taken", "déjà au volant", "already driving"),
            Fleet::MovementEnds => Self::invalid().field(
                "/reason",
                "ends",
                "reçu et trouvé : vers un lieu ; utilisé et perdu : d'un lieu ; \
                 déplacé : d'un lieu vers un autre",
                "received and found: to a place; used and lost: from a place; \
                 moved: from one place to another",
            ),
            Fleet::TaskOfUse => Self::invalid().field(
                "/task_id",
                "reason",
                "seulement pour ce qui est utilisé",
                "for what is used only",
            ),
            Fleet::NotEnough { left } => Self::conflict(
                "not-enough",
                format!("Il n'en reste que {left}"),
                format!("Only {left} are left"),
            )
            .with("left", left)
            .field("/quantity", "stock", "plus que ce qui reste", "more than is left"),
            Fleet::TooMany => Self::invalid().field(
                "/quantity",
                "range",
                "le lieu en contiendrait trop",
                "the place would hold too many",
            ),
        }
    }
}
