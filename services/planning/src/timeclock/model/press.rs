//! A press of the clock: when, where, how, as it was recorded.

use chrono::{DateTime, TimeDelta, Utc};
use kernel::{Position, UserId};
use serde::{Deserialize, Serialize};
use web::Ctx;

use crate::error::{Error, TimeError};
use crate::field::Site;

/// How far the device's time and the server's may lie apart before the press is marked, and how far
/// in the future a press may seem to be.
pub const TRUSTED_SKEW: TimeDelta = TimeDelta::minutes(15);
/// A press is not taken in later than this: no phone keeps a call longer.
pub const OLDEST: TimeDelta = TimeDelta::days(30);

/// Where a press of the clock was, seen from the site.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ClockingFence)]
pub enum Fence {
    /// Within the site's fence, given the position's accuracy.
    Inside,
    /// Outside of it.
    Outside,
    /// The device gave no position.
    Unlocated,
}

/// How the clock was pressed. There is always a way without a position: an employer may locate
/// people to control their hours only where nothing else can do it, even if less well (Cass. soc.,
/// 19 December 2018, no. 17-14.631; Conseil d'État, 15 December 2017, no. 403776). So a press that
/// is plain counts as much as one by position, and is no anomaly.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ClockingWay)]
pub enum Way {
    /// By the worker, without more.
    #[default]
    Plain,
    /// By the worker, with the phone's position.
    Position,
    /// By the worker, who scanned the code on the site.
    Code,
    /// By the site lead.
    Lead,
}

/// A press of the clock as it was recorded. It never changes, but that its position is forgotten
/// after two months (docs/privacy.md).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Clocking {
    /// When it was pressed: by the device where it says so, corrected where its clock is known to
    /// be off, else when the server heard of it.
    pub at: DateTime<Utc>,
    /// What the device's clock showed; none where it did not say.
    #[serde(default)]
    pub device_at: Option<DateTime<Utc>>,
    /// Seconds that the device's clock lags behind the server's; none where the device did not say
    /// when it sent the call.
    #[serde(default)]
    pub skew_s: Option<i64>,
    /// When the server heard of it.
    pub recorded_at: DateTime<Utc>,
    /// The device's clock is off by more than 15 minutes, or that is not known and the two times
    /// lie more than 15 minutes apart.
    pub clock_suspect: bool,
    /// The user who pressed, who may be the site lead.
    pub by: UserId,
    /// How it was pressed.
    #[serde(default)]
    pub way: Way,
    /// Where the device was. Forgotten after two months.
    pub position: Option<Position>,
    /// Metres from the site's centre, as the server computes it. Forgotten with the position.
    pub distance_m: Option<f64>,
    /// Whether that is within the site's fence, as the server computes it.
    pub fence: Fence,
    /// What the device itself thought: `true` for inside.
    pub inside_hint: Option<bool>,
}

/// What is known when somebody presses the clock.
#[derive(Debug, Clone, Copy)]
pub struct Press {
    /// The user who presses.
    pub by: UserId,
    /// When, by the device where it says so, corrected.
    pub at: DateTime<Utc>,
    /// What the device's clock showed.
    pub device_at: Option<DateTime<Utc>>,
    /// How far the device's clock lags behind the server's.
    pub skew: Option<TimeDelta>,
    /// The server's time.
    pub now: DateTime<Utc>,
    /// How.
    pub way: Way,
    /// Where the device is.
    pub position: Option<Position>,
    /// What the device thinks: `true` for inside.
    pub inside_hint: Option<bool>,
}

impl Press {
    /// What the call says, but for where; refused where it lies in the future or was kept too long.
    pub fn of(cx: &Ctx, inside_hint: Option<bool>) -> Result<Self, Error> {
        let press = Self {
            by: cx.caller.user,
            at: cx.acted_at(),
            device_at: cx.device.at,
            skew: cx.device.skew,
            now: cx.now(),
            way: Way::Plain,
            position: None,
            inside_hint,
        };
        press.check()?;
        Ok(press)
    }

    /// Refused where it lies in the future or was kept too long.
    pub fn check(&self) -> Result<(), Error> {
        if self.at > self.now + TRUSTED_SKEW {
            return Err(TimeError::PressAhead.into());
        }
        if self.at < self.now - OLDEST {
            return Err(TimeError::PressTooOld.into());
        }
        Ok(())
    }

    /// The same, pressed for somebody else: where the lead is says nothing of where the worker is.
    pub fn for_another(self) -> Self {
        Self { way: Way::Lead, position: None, inside_hint: None, ..self }
    }

    /// The same, where the device was then.
    pub fn located(self, position: Option<Position>) -> Self {
        let way = match self.way {
            Way::Plain if position.is_some() => Way::Position,
            way => way,
        };
        Self { way, position, ..self }
    }

    /// The same, with the site's code.
    pub fn with_code(self) -> Self {
        Self { way: Way::Code, ..self }
    }

    /// What is recorded of it at this site.
    pub fn record(self, site: &Site) -> Clocking {
        let distance_m = self.position.map(|p| kernel::distance_m(p, site.centre));
        let fence = match self.position {
            None => Fence::Unlocated,
            Some(p) if site.admits(p) => Fence::Inside,
            Some(_) => Fence::Outside,
        };
        // A call that was sent late is no sign of a wrong clock where the phone says when it sent.
        let off = self.skew.unwrap_or(self.now - self.at);
        Clocking {
            at: self.at,
            device_at: self.device_at,
            skew_s: self.skew.map(|skew| skew.num_seconds()),
            recorded_at: self.now,
            clock_suspect: off.abs() > TRUSTED_SKEW,
            by: self.by,
            way: self.way,
            position: self.position,
            distance_m,
            fence,
            inside_hint: self.inside_hint,
        }
    }
}
